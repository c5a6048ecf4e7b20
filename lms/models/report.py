"""The one report of a (submission, revision)."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from labs.exams.report import Report as ExamReport
from lms.models.base import Base, UtcDateTime, db_now


class Report(Base):
    """Never changed after it is written; an instructor's overrides stand beside it."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("submission_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    revision: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(12))  # passed | failed | not gradable
    points: Mapped[float]
    max_points: Mapped[float]
    pass_points: Mapped[float]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)  # labs.exams.report.Report, as stored
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())

    @classmethod
    def of(cls, exam: ExamReport, *, submission_id: int, revision: int) -> "Report":
        """The row of an examiner's report: what lists and sums need in columns, and all of it as the body."""
        return cls(
            submission_id=submission_id,
            revision=revision,
            verdict=exam.verdict,
            points=exam.points,
            max_points=exam.max_points,
            pass_points=exam.pass_points,
            body=exam.model_dump(mode="json"),
        )
