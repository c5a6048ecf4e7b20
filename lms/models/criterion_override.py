"""An instructor's word over one criterion, with its reason; the newest counts."""

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime, db_now


class CriterionOverride(Base):
    __tablename__ = "criterion_override"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    criterion_id: Mapped[str] = mapped_column(String(80))
    points: Mapped[float]
    reason: Mapped[str] = mapped_column(String(2000))
    actor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
