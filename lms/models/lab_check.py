"""A learner's request to have one step of a lab checked, and its answer."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime, db_now
from lms.models.lease import Leased


class LabCheck(Leased, Base):
    """`status` is ours (queued, running, done, error); `passed` is the learner's and set only when done."""

    __tablename__ = "lab_check"
    __table_args__ = (Index("ix_lab_check_open", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"), index=True)
    step_id: Mapped[str] = mapped_column(String(80))
    #: Unique while the check is open and NULL afterwards: a step is checked once at a time.
    open_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    tries: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(String(10), default="queued")
    passed: Mapped[bool | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
