"""A learner's lab: what they want of it, and what was last seen."""

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, OutsideText, UtcDateTime, db_now
from lms.models.lease import Leased


class Desired(enum.StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    DELETED = "deleted"


class Lab(Leased, Base):
    """One live lab per learner and lab file: `live_key` is unique while it lives and NULL once it is deleted.

    Without an owner it is a pool lab: kept ready for whoever asks next, and given to them by lms.services.lab_pool.
    """

    __tablename__ = "lab"
    __table_args__ = (Index("ix_lab_reconcile", "desired", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    lab_uuid: Mapped[uuid.UUID] = mapped_column(index=True)
    live_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    #: The lab's token: the platform's and the lab's own. What opens the lab for its owner is made from it and `claim`.
    credential: Mapped[str] = mapped_column(String(64))
    #: Set with the owner, by the same statement: a lab that nobody claimed has no key, see labs.door_key.
    claim: Mapped[str | None] = mapped_column(String(32))
    desired: Mapped[Desired] = mapped_column(String(10), default=Desired.RUNNING)
    #: absent | starting | ready | stopped | failed | deleted: what a worker last saw.
    state: Mapped[str] = mapped_column(String(12), default="absent")
    observed: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    problem: Mapped[str | None] = mapped_column(OutsideText(2000))
    #: The name of what is in the way on the platform's side, while it is: see lms.services.lab_troubles.
    trouble: Mapped[str | None] = mapped_column(String(20))
    #: When it was met last.
    trouble_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    #: Rises at each fresh start; a provider removes what an older generation left.
    generation: Mapped[int] = mapped_column(default=1)
    #: Orders of the learner (start, stop, reset, delete) and the last one that a worker carried out.
    orders: Mapped[int] = mapped_column(default=0)
    orders_seen: Mapped[int] = mapped_column(default=0)
    starts: Mapped[int] = mapped_column(default=0)
    #: Of a lab of the pool: which edition of the lab's files it was made from.
    made_of: Mapped[str | None] = mapped_column(String(64))
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

    @property
    def owner_id(self) -> int:
        """Whose lab it is: nobody works in a lab that is nobody's."""
        if self.user_id is None:
            raise ValueError(f"{self.name} is a pool lab: it has no owner")
        return self.user_id
