"""What must be true in the end, whoever died: compared with the end of an undisturbed run."""

import time
from pathlib import Path
from typing import Any

import psutil

from labs.providers.machine import processes
from lms.models import Examination, Lab, LabCheck, LabStep, Report, Submission, db
from lms.services import uploads
from tests.faults.place import Place


def state(place: Place) -> dict[str, Any]:
    """Everything that must not depend on who died when."""
    rows = db.session.scalars(db.select(Lab).order_by(Lab.id)).all()
    # Names are random, and PostgreSQL gives an id that was taken in vain to nobody else.
    numbers = {row.name: number for number, row in enumerate(rows, start=1)}
    stored = sorted(path.name for path in uploads.folder().glob("??/*"))
    named = db.session.scalars(db.select(Submission)).all()
    return {
        "labs": [(row.desired, row.state, row.admitted_at is not None) for row in rows],
        "owned": [(row.user_id is not None, row.claim is not None, row.live_key is not None) for row in rows],
        "times": [_times(row) for row in rows],
        "work": [_work(place, row) for row in rows],
        "servers": len(processes.all_marks(place.settings.installation)) and _servers(place),
        "half removed": len(list(place.provider.root.glob(".gone-*"))),
        "folders": sorted(numbers.get(one.name, -1) for one in place.provider.list_owned()),
        "checks": [(row.status, row.passed) for row in db.session.scalars(db.select(LabCheck))],
        "steps": [(row.step_id, row.passed_at is not None) for row in db.session.scalars(db.select(LabStep))],
        "submissions": [(row.number, row.sha256, uploads.is_intact(row.sha256)) for row in named],
        "unnamed uploads": sorted(set(stored) - {row.sha256 for row in named}),
        "examinations": [(row.revision, row.status) for row in db.session.scalars(db.select(Examination))],
        "reports": [(row.revision, row.verdict, row.points) for row in db.session.scalars(db.select(Report))],
        "leases": sum(row.lease_owner is not None for row in rows),
        "strays": strays(place),
    }


def _times(lab: Lab) -> tuple[int, int, int | None]:
    """Which fresh start it is, how often it was extended, and the minutes that it may run in all."""
    runs = lab.expires_at - lab.admitted_at if lab.expires_at and lab.admitted_at else None
    return lab.generation, lab.extensions, round(runs.total_seconds() / 60) if runs else None


def _work(place: Place, lab: Lab) -> list[str]:
    """The learner's files."""
    folder: Path = place.settings.instance_folder / "labs" / lab.name / "work"
    return sorted(path.name for path in folder.glob("*"))


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
