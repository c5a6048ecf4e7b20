"""A database is put back while labs run, with real processes: whose labs live on, and what becomes of the others."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from labs.naming import ownership
from labs.providers.machine import processes
from labs.providers.process import provider as process_module
from labs.providers.process.provider import ProcessProvider
from lms.config import Settings
from lms.models import Lab, LabCustody, User, db
from lms.services import lab_custody, lab_orphans, lab_reconciler, labs
from tests.factories.light_lab import COMPONENT
from tests.factories.offers import LAB
from tests.factories.people import create_user
from tests.factories.waiting import until

TABLES = (Lab.__table__, LabCustody.__table__)


@pytest.fixture
def real(settings: Settings, monkeypatch: pytest.MonkeyPatch, app: Flask) -> Iterator[ProcessProvider]:
    """Real processes, of the light lab; all are ended."""
    monkeypatch.setattr(process_module, "chosen_components", lambda names: {"workspace": COMPONENT})
    made = ProcessProvider(
        root=settings.instance_folder / "labs", environment=Path(sys.prefix), installation=settings.installation
    )
    yield made
    for mark in processes.all_marks(settings.installation):
        processes.end([], mark=mark)


def work(provider: ProcessProvider) -> None:
    """What the sweep does, until nothing is due."""
    while due := lab_reconciler.due():
        for lab_id in due:
            lab_reconciler.reconcile(lab_id, owner="a worker", provider=provider)


def started(provider: ProcessProvider, person: User) -> Lab:
    lab_id = labs.start(person, LAB).id

    def is_ready() -> bool:
        db.session.execute(db.update(Lab).values(not_before=None))
        db.session.commit()
        work(provider)
        return labs.owned(person, lab_id).state == "ready"

    until("the lab", is_ready)
    return labs.owned(person, lab_id)


def pids(provider: ProcessProvider, name: str) -> set[int]:
    return {one.pid for one in processes.marked(ownership(provider.installation, name))}


def backup() -> list[list[dict[str, Any]]]:
    rows = [[dict(row._mapping) for row in db.session.execute(db.select(table))] for table in TABLES]
    db.session.commit()
    return rows


def put_back(kept: list[list[dict[str, Any]]]) -> None:
    for table, rows in zip(TABLES, kept, strict=True):
        db.session.execute(db.delete(table))
        for row in rows:
            db.session.execute(db.insert(table).values(row))
    db.session.commit()
    db.session.expunge_all()


def look_twice(provider: ProcessProvider) -> None:
    for _ in range(2):
        lab_orphans.look(provider, owner="a worker", apart=0)


def test_labs_that_the_database_forgot_live_until_someone_has_looked(real: ProcessProvider) -> None:
    old, forgotten, newcomer = create_user(), create_user(), create_user()
    kept = started(real, old)
    look_twice(real)
    before = backup()
    lost = started(real, forgotten)
    look_twice(real)
    kept_pids, lost_pids = pids(real, kept.name), pids(real, lost.name)
    (real.root / lost.name / "work" / "diary.txt").write_text("mine")

    put_back(before)
    look_twice(real)
    custody = lab_custody.current()
    assert custody is not None and "restored" in (custody.disarmed or "")
    assert [one.name for one in custody.suspicions] == [lost.name]
    assert pids(real, lost.name) == lost_pids != set()

    again = started(real, newcomer)
    assert not (real.root / again.name / "work" / "diary.txt").exists(), "nobody comes into somebody else's files"
    assert pids(real, lost.name) == lost_pids

    lab_custody.ask_for_arming()
    lab_orphans.look(real, owner="a worker", apart=0)
    assert pids(real, lost.name) == lost_pids, "arming alone ends nothing"
    look_twice(real)
    assert pids(real, lost.name) == set()
    assert not (real.root / lost.name).exists()
    assert pids(real, kept.name) == kept_pids, "and nobody else's"
    assert pids(real, again.name) != set()
