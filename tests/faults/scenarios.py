"""What is interrupted, how it goes on afterwards, and what must be true then.

Each runs in processes of its own, forked by tests.faults.runner. `go` is interrupted; `recover` is what the client and
the sweep do afterwards; `state` is compared with that of an undisturbed run.
"""

import dataclasses
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from labs.exams.exam import examine
from labs.exams.intake import unpack_zip
from labs.exams.settings import ExamSettings
from labs.providers.local import processes
from labs.providers.process import ProcessProvider
from lms.config import Settings
from lms.models import Examination, Lab, LabCheck, LabStep, Report, Submission, User, db
from lms.services import (
    content,
    examinations,
    lab_checks,
    lab_orphans,
    lab_reconciler,
    labs,
    leases,
    submissions,
    uploads,
)
from lms.services.exam_thread import Tell, Work
from tests.factories.light_lab import use_light_lab
from tests.factories.offers import LAB, PROJECT, small_zip
from worker import owner

PATIENCE = 60.0


@dataclasses.dataclass(frozen=True)
class Place:
    """One installation in a folder of its own."""

    settings: Settings

    @property
    def provider(self) -> ProcessProvider:
        use_light_lab()
        root = self.settings.instance_folder / "labs"
        return ProcessProvider(root=root, environment=Path(sys.prefix), installation=self.settings.installation)

    @property
    def learner(self) -> User:
        return db.session.scalars(db.select(User)).one()

    def examine(self, work: Work, tell: Tell) -> Any:
        state = self.settings.instance_folder / "exams"
        files = state / f"unpacked-{os.getpid()}"
        unpack_zip(work.upload, files)
        settings = ExamSettings(lab_python=Path(sys.executable), state=state)
        return examine(content.current().projects[work.project_slug], files, settings=settings, on_event=tell)


def work_until_settled(place: Place, kinds: tuple[type, ...] = (Lab, LabCheck, Examination)) -> None:
    """What workers and the sweep do, in one process, until nothing is due."""
    deadline = time.monotonic() + PATIENCE
    suspicions: set[lab_orphans.Suspicion] = set()
    quiet = 0
    me = owner.me()
    while quiet < 2:
        if time.monotonic() > deadline:
            raise TimeoutError("work did not settle")
        for model in (Lab, LabCheck, Examination):
            leases.end_of_dead(model, is_dead=owner.is_dead)
        done = 0
        for lab_id in lab_reconciler.due():
            done += 1
            lab_reconciler.reconcile(lab_id, owner=me, provider=place.provider)
        for check_id in lab_checks.due():
            done += 1
            lab_checks.run_one(check_id, owner=me, provider=place.provider)
        for examination_id in examinations.due():
            done += 1
            examinations.reconcile(examination_id, owner=me, examine=place.examine)
        if not done:
            suspicions = lab_orphans.look(place.provider, suspicions)
        waits = db.session.scalar(db.select(db.func.count()).select_from(Lab).where(Lab.not_before.is_not(None)))
        db.session.commit()
        quiet = 0 if done or suspicions or waits else quiet + 1
        time.sleep(0.1)


def start_lab(place: Place, said: Callable[[str], None]) -> None:
    labs.start(place.learner, LAB)
    said("lab")
    work_until_settled(place)


def stop_lab(place: Place, said: Callable[[str], None]) -> None:
    lab = labs.live(place.learner)[0]
    labs.stop(place.learner, lab.id)
    said("lab")
    work_until_settled(place)


def delete_lab(place: Place, said: Callable[[str], None]) -> None:
    for lab in labs.live(place.learner):
        labs.delete(place.learner, lab.id)
    said("lab")
    work_until_settled(place)


def check_step(place: Place, said: Callable[[str], None]) -> None:
    lab = labs.live(place.learner)[0]
    work = place.settings.instance_folder / "labs" / lab.name / "work"
    (work / "answer.txt").write_text("42")
    if not db.session.scalars(db.select(LabCheck)).first():
        lab_checks.ask(place.learner, lab.id, "answer")
    said("check")
    work_until_settled(place)


def submit(place: Place, said: Callable[[str], None]) -> None:
    submissions.submit_zip(place.learner, PROJECT, small_zip(), filename="work.zip", form_key="the-form-key")
    said("submission")


def hold_exam(place: Place, said: Callable[[str], None]) -> None:
    submit(place, said)
    work_until_settled(place)


def nothing(place: Place) -> None:
    pass


def with_lab(place: Place) -> None:
    start_lab(place, lambda what: None)


def with_submission(place: Place) -> None:
    submit(place, lambda what: None)


@dataclasses.dataclass(frozen=True)
class Scenario:
    """`prepare` runs before, undisturbed; `go` is interrupted, and asked again by the client afterwards."""

    prepare: Callable[[Place], None]
    go: Callable[[Place, Callable[[str], None]], None]


SCENARIOS = {
    "start a lab": Scenario(nothing, start_lab),
    "stop a lab": Scenario(with_lab, stop_lab),
    "delete a lab": Scenario(with_lab, delete_lab),
    "check a step": Scenario(with_lab, check_step),
    "accept a submission": Scenario(nothing, submit),
    "examine a submission": Scenario(with_submission, hold_exam),
}


def state(place: Place) -> dict[str, Any]:
    """Everything that must not depend on who died when."""
    rows = db.session.scalars(db.select(Lab).order_by(Lab.id)).all()
    stored = sorted(path.name for path in uploads.folder().glob("??/*"))
    named = db.session.scalars(db.select(Submission)).all()
    return {
        "labs": [(row.name, row.desired, row.state, row.admitted_at is not None) for row in rows],
        "servers": len(processes.all_marks(place.settings.installation)) and _servers(place),
        "folders": sorted(one.name for one in place.provider.list_owned()),
        "checks": [(row.status, row.passed) for row in db.session.scalars(db.select(LabCheck))],
        "steps": [(row.step_id, row.passed_at is not None) for row in db.session.scalars(db.select(LabStep))],
        "submissions": [(row.number, row.sha256, uploads.is_intact(row.sha256)) for row in named],
        "unnamed uploads": sorted(set(stored) - {row.sha256 for row in named}),
        "examinations": [(row.revision, row.status) for row in db.session.scalars(db.select(Examination))],
        "reports": [(row.revision, row.verdict, row.points) for row in db.session.scalars(db.select(Report))],
        "leases": sum(row.lease_owner is not None for row in rows),
        "strays": strays(place),
    }


def _servers(place: Place) -> int:
    rows = db.session.scalars(db.select(Lab.name)).all()
    return sum(len(processes.marked(f"{place.settings.installation}/{name}")) for name in rows)


def strays(place: Place) -> list[str]:
    """Processes of exams that outlived their examiner; what is just dying gets a moment."""
    deadline = time.monotonic() + 10
    while True:
        found = []
        for process in psutil.process_iter():
            try:
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if f"{place.settings.instance_folder}/exams" in line:
                found.append(line)
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)
