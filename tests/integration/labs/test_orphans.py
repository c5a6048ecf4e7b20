"""The reaper over a real engine and a real cluster: what no row wants goes when it was seen twice.

Over real processes tests/integration/services_labs has it, in test_restore.py; when it may act at all, test_arming.py.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from labs.ports import Owned, Provider
from labs.spec import LabSpec
from lms.models import User
from lms.services import installation, lab_orphans, labs
from tests.factories.offers import LAB
from tests.factories.without_pages import app, learner
from tests.integration.labs.conftest import DOCKER, KUBERNETES, Case
from tests.integration.labs.waiting import until_ready

__all__ = ["app", "learner"]


def of_this_case(case: Case) -> None:
    """The database's installation is the one whose labs the case makes."""
    settings = installation.current()
    installation.install(type(settings)(**(settings.model_dump() | {"installation_name": case.installation})))


def look(case: Case) -> set[str]:
    return {one.name for one in lab_orphans.look(case.hasty(), owner="a worker", apart=0)}


def held(case: Case) -> dict[str, Owned]:
    return {one.name: one for one in case.provider.list_owned()}


def begun_and_stopped(provider: Provider, lab: LabSpec) -> None:
    provider.ensure(lab)
    provider.stop(lab)


@pytest.mark.parametrize("shared", [DOCKER, KUBERNETES], indirect=True)
def test_what_no_row_wants_goes_when_seen_twice_and_nothing_else(case: Case, app: Flask, learner: User) -> None:
    """One that runs, and one of which its work is left and not even our note."""
    of_this_case(case)
    assert look(case) == set(), "an installation without labs is armed"
    row = labs.start(learner, LAB)
    # A number that the database has not given away yet would be that of a newer one.
    known = {"lab_id": row.id}
    mine = case.order(name=row.name).model_copy(update=known)
    running, left = (case.order(number).model_copy(update=known) for number in (2, 3))
    with ThreadPoolExecutor() as beside:
        ending = beside.submit(begun_and_stopped, case.again(), left)
        ready = list(beside.map(lambda lab: until_ready(case.again(), lab), (mine, running)))
        ending.result()
    case.root.joinpath(f"{left.name}.json").unlink(missing_ok=True)
    before = held(case)
    runs = {mine.name: True, running.name: True, left.name: False}
    assert {name: one.running for name, one in before.items()} == runs

    assert look(case) == {running.name, left.name}
    assert held(case) == before, "once is not enough"
    assert look(case) == {running.name, left.name}
    assert held(case) == {mine.name: before[mine.name]}
    assert case.provider.observe(mine) == ready[0]
    assert look(case) == set()
