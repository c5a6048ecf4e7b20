"""An installation in a folder of its own, and all that its workers and the sweep would do there."""

import dataclasses
import os
import sys
import time
from pathlib import Path
from typing import Any

from labs.exams.exam import examine
from labs.exams.intake import unpack_zip
from labs.exams.settings import ExamSettings
from labs.providers.process.provider import ProcessProvider
from lms.config import Settings
from lms.models import Examination, Lab, LabCheck, LabCustody, User, db
from lms.services import content, examinations, lab_checks, lab_orphans, lab_reconciler, leases
from lms.services.exam_thread import Tell, Work
from tests.factories.light_lab import use_light_lab
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
        found: User = db.session.scalars(db.select(User)).one()
        return found

    def examine(self, work: Work, tell: Tell) -> Any:
        state = self.settings.instance_folder / "exams"
        files = state / f"unpacked-{os.getpid()}"
        unpack_zip(work.upload, files)
        settings = ExamSettings(lab_python=Path(sys.executable), state=state)
        return examine(content.current().projects[work.project_slug], files, settings=settings, on_event=tell)


def work_until_settled(place: Place, kinds: tuple[type, ...] = (Lab, LabCheck, Examination)) -> None:
    """What workers and the sweep do, in one process, until nothing is due."""
    deadline = time.monotonic() + PATIENCE
    quiet = 0
    me = owner.me()
    while quiet < 2:
        if time.monotonic() > deadline:
            raise TimeoutError("work did not settle")
        for model in (Lab, LabCheck, LabCustody, Examination):
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
        suspicions = () if done else lab_orphans.look(place.provider, owner=me, apart=0)
        waits = db.session.scalar(db.select(db.func.count()).select_from(Lab).where(Lab.not_before.is_not(None)))
        db.session.commit()
        quiet = 0 if done or suspicions or waits else quiet + 1
        if waits and not done:
            time.sleep(0.05)  # the row says when it is looked at again
