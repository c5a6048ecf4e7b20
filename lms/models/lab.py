"""A learner's lab: what they want of it, and what was last seen."""

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime, db_now
from lms.models.lease import Leased


class Desired(enum.StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    DELETED = "deleted"


class Lab(Leased, Base):
    """One live lab per learner and lab file: `live_key` is unique while it lives and NULL once it is deleted."""

    __tablename__ = "lab"
    __table_args__ = (Index("ix_lab_reconcile", "desired", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    lab_uuid: Mapped[uuid.UUID] = mapped_column(index=True)
    live_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    credential: Mapped[str] = mapped_column(String(64))
    desired: Mapped[Desired] = mapped_column(String(10), default=Desired.RUNNING)
    #: absent | starting | ready | stopped | failed | deleted: what a worker last saw.
    state: Mapped[str] = mapped_column(String(12), default="absent")
    observed: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    problem: Mapped[str | None] = mapped_column(String(2000))
    #: Rises at each fresh start; a provider removes what an older generation left.
    generation: Mapped[int] = mapped_column(default=1)
    #: Orders of the learner (start, stop, reset, delete) and the last one that a worker carried out.
    orders: Mapped[int] = mapped_column(default=0)
    orders_seen: Mapped[int] = mapped_column(default=0)
    starts: Mapped[int] = mapped_column(default=0)
    #: Failed starts in a row that were the platform's fault.
    failures: Mapped[int] = mapped_column(default=0)
    #: Set while the lab holds one of the machine's places; a wanted lab without one waits in the queue.
    admitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
    start_asked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ready_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    extensions: Mapped[int] = mapped_column(default=0)
    observed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
