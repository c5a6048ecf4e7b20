"""One set of answers to a quiz."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime, db_now


class QuizAttempt(Base):
    """`answers` holds keys of options; `form_key` comes with the page, so that one page sent twice is one attempt."""

    __tablename__ = "quiz_attempt"
    __table_args__ = (UniqueConstraint("user_id", "form_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    activity_uuid: Mapped[uuid.UUID] = mapped_column(index=True)
    form_key: Mapped[str] = mapped_column(String(64))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    correct: Mapped[int]
    questions: Mapped[int]
    passed: Mapped[bool]
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
