"""A learner on a pathway, and where they stopped."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime, db_now


class Enrolment(Base):
    """One per learner and pathway; the last place is what *resume* opens."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("user_id", "pathway_uuid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    pathway_uuid: Mapped[uuid.UUID] = mapped_column(index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
    last_activity_uuid: Mapped[uuid.UUID | None]
    last_anchor: Mapped[str | None] = mapped_column(String(120))
    last_seen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
