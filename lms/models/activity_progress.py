"""What a learner did in one activity."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime, db_now


class ActivityProgress(Base):
    """Belongs to the learner, not the pathway: a module shared by two pathways is done once."""

    __tablename__ = "activity_progress"
    __table_args__ = (UniqueConstraint("user_id", "activity_uuid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    activity_uuid: Mapped[uuid.UUID] = mapped_column(index=True)
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
    completed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    score_percent: Mapped[float | None]
