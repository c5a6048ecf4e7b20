"""One examining of a submission: its place in the queue and its progress."""

import datetime as dt
import enum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.models.base import Base, OutsideText, UtcDateTime, db_now
from lms.models.lease import Leased
from lms.models.submission import Submission


class ExaminationStatus(enum.StrEnum):
    """Ours to answer for; the verdict on the learner's work stands in the Report."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    NEEDS_STAFF = "needs staff"


#: An examination that waits or runs: its report is still to come.
OPEN_EXAMINATIONS = (ExaminationStatus.QUEUED, ExaminationStatus.RUNNING)


class Examination(Leased, Base):
    __tablename__ = "examination"
    __table_args__ = (UniqueConstraint("submission_id", "revision"), Index("ix_examination_open", "status"))

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    status: Mapped[ExaminationStatus] = mapped_column(String(12), default=ExaminationStatus.QUEUED)
    tries: Mapped[int] = mapped_column(default=0)
    #: What the examiner said so far: a list of small events, newest last.
    events: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    problem: Mapped[str | None] = mapped_column(OutsideText(2000))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    submission: Mapped[Submission] = relationship(lazy="joined", innerjoin=True)
