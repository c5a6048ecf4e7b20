"""A learner's standing in one step of a lab; it outlives the lab itself."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime


class LabStep(Base):
    __tablename__ = "lab_step"
    __table_args__ = (UniqueConstraint("user_id", "lab_uuid", "step_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    lab_uuid: Mapped[uuid.UUID] = mapped_column(index=True)
    step_id: Mapped[str] = mapped_column(String(80))
    attempts: Mapped[int] = mapped_column(default=0)
    hints_shown: Mapped[int] = mapped_column(default=0)
    passed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
