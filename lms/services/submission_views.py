"""What a page shows of a submission: its place in the queue, its exam while it runs, and its report with overrides."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from labs.exams.report import Evidence
from labs.exams.report import Report as ExamReport
from lms.models import CriterionOverride, Examination, ExaminationStatus, Report, Submission


@dataclasses.dataclass(frozen=True)
class OverrideView:
    """An instructor's word over a criterion."""

    points: float
    reason: str
    by: str
    at: dt.datetime


@dataclasses.dataclass(frozen=True)
class CriterionView:
    """`points` are the effective ones; `examined_points` are the examiner's. Overrides stand newest last."""

    id: str
    title: str
    points: float
    examined_points: float
    max_points: float
    measured: str
    limit: str
    advice: str
    evidence: Sequence[Evidence]
    overrides: tuple[OverrideView, ...]


@dataclasses.dataclass(frozen=True)
class ReportView:
    """The report as it counts: overrides merged into points and verdict; `exam` is the examiner's own, unchanged."""

    report_id: int
    revision: int
    verdict: Literal["passed", "failed", "not gradable"]
    points: float
    max_points: float
    pass_points: float
    message: str
    criteria: tuple[CriterionView, ...]
    exam: ExamReport
    created_at: dt.datetime

    @property
    def overridden(self) -> bool:
        return any(criterion.overrides for criterion in self.criteria)


@dataclasses.dataclass(frozen=True)
class SubmissionView:
    """`events` are labs.exams.events as JSON, oldest first; `position` counts from 1 while the exam waits."""

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
    report: ReportView | None

    @property
    def settled(self) -> bool:
        return self.status in (ExaminationStatus.DONE, ExaminationStatus.NEEDS_STAFF)


def view(submission_id: int) -> SubmissionView:
    """The submission with its newest examination; who may see it is the route's policy."""
    raise NotImplementedError


def report_view(report: Report, overrides: Sequence[CriterionOverride]) -> ReportView:
    """The report with the newest override of each criterion in force."""
    raise NotImplementedError


def latest(submission_ids: Sequence[int]) -> dict[int, SubmissionView]:
    """Many at once, for lists and the gradebook: a fixed number of queries."""
    raise NotImplementedError
