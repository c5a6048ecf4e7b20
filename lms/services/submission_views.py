"""What a page shows of a submission: its place in the queue, its exam while it runs, and its report with overrides."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from lms.models import OPEN_EXAMINATIONS, Examination, ExaminationStatus, Submission, db
from lms.services import content, report_views, submissions
from lms.services.errors import NotFound
from lms.services.exam_line import ExamLine
from lms.services.report_views import ReportView


@dataclasses.dataclass(frozen=True)
class SubmissionView:
    """`events` are labs.exams.events as JSON, oldest first; `position` counts from 1 while the exam waits.

    Of an open examination, `problem` says why it was given back, and `again_at` when it is tried again at the earliest.
    """

    submission: Submission
    project_slug: str
    project_title: str
    examination_id: int
    revision: int
    status: ExaminationStatus
    position: int | None
    expected_wait_seconds: int | None
    events: Sequence[dict[str, Any]]
    problem: str | None
    again_at: dt.datetime | None
    report: ReportView | None

    @property
    def settled(self) -> bool:
        return self.status in (ExaminationStatus.DONE, ExaminationStatus.NEEDS_STAFF)


def view(submission_id: int) -> SubmissionView:
    """The submission with its newest examination; who may see it is the route's policy."""
    found = latest([submission_id]).get(submission_id)
    if found is None:
        raise NotFound("There is no such submission.")
    return found


def latest(submission_ids: Sequence[int]) -> dict[int, SubmissionView]:
    """Many at once, in the order of the ids, for lists and the gradebook: a fixed number of queries."""
    newest = (
        select(func.max(Examination.id))
        .where(Examination.submission_id.in_(submission_ids))
        .group_by(Examination.submission_id)
    )
    examinations = db.session.scalars(
        select(Examination).where(Examination.id.in_(newest)).execution_options(populate_existing=True)
    ).all()
    reports = report_views.newest(submission_ids)
    line = ExamLine.read() if any(one.status in OPEN_EXAMINATIONS for one in examinations) else None
    found = {one.submission_id: _submission(one, reports.get(one.submission_id), line) for one in examinations}
    return {each: found[each] for each in submission_ids if each in found}


def of_learner(user_id: int, slug: str | None = None, *, most: int | None = None) -> list[SubmissionView]:
    """The learner's submissions, of one project or of all, newest first."""
    ids = [one.id for one in submissions.of_learner(user_id, slug)[:most]]
    return list(latest(ids).values())


def _submission(examination: Examination, report: ReportView | None, line: ExamLine | None) -> SubmissionView:
    submission = examination.submission
    project = content.current().projects.get(submission.project_uuid)
    status = ExaminationStatus(examination.status)
    waits = line is not None and status is ExaminationStatus.QUEUED
    return SubmissionView(
        submission=submission,
        project_slug=project.slug if project else "",
        project_title=content.project_title(submission.project_uuid),
        examination_id=examination.id,
        revision=examination.revision,
        status=status,
        position=line.position(examination.id) if line and waits else None,
        expected_wait_seconds=line.wait(examination.id) if line and waits else None,
        events=examination.events,
        problem=examination.problem,
        again_at=examination.not_before if waits else None,
        report=report,
    )
