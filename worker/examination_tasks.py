"""Examinations of submissions."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import shared_task

from labs.exams.exam import examine
from labs.exams.host import ExamHost
from labs.exams.intake import unpack_zip
from labs.exams.report import Report
from labs.exams.settings import ExamSettings
from lms.config import Settings
from lms.exam_host import ELSEWHERE_SECONDS, exam_host_of
from lms.services import content, examinations
from lms.services.exam_thread import Examine, Tell, Work
from worker import stopping
from worker.bench import at_work
from worker.follow_up import look_again

#: Folders of work that is being examined; housekeeping removes what a killed worker left.
UNPACKED_PREFIX = "unpacked-"


@shared_task(name="academy.look_at_examination", bind=True)
def look_at_examination(self: Any, examination_id: int) -> None:
    with at_work() as bench:
        hold = examiner_of(bench.settings, lambda: exam_host_of(bench.settings, bench.provider))
        again_in = examinations.reconcile(examination_id, owner=bench.owner, examine=hold, stopping=stopping.asked)
    look_again(self, examination_id, again_in=again_in)


def exams_folder(settings: Settings) -> Path:
    return settings.instance_folder / "exams"


def examiner_of(settings: Settings, find_host: Callable[[], ExamHost | None]) -> Examine:
    """Unpacks an upload and examines it as its project says, on this machine or by a host elsewhere."""

    def hold(work: Work, tell: Tell) -> Report:
        host = find_host()
        if host:
            host.sweep()  # a host that is away is found out here, before the exam counts as tried
        project = content.current().projects[work.project_slug]
        state = exams_folder(settings)
        state.mkdir(parents=True, exist_ok=True)
        python = settings.lab_environment.resolve() / "bin" / "python"
        elsewhere: dict[str, Any] = {"host": host, "time_limit_seconds": ELSEWHERE_SECONDS} if host else {}
        exam = ExamSettings(lab_python=python, state=state, **elsewhere)
        with tempfile.TemporaryDirectory(prefix=UNPACKED_PREFIX, dir=state) as own:
            unpack_zip(work.upload, Path(own) / "files")
            return examine(project, Path(own) / "files", settings=exam, on_event=tell)

    return hold
