"""A person with an account."""

import datetime as dt
import enum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime, db_now


class Role(enum.StrEnum):
    """What a person may do everywhere; teaching is by cohort, see CohortInstructor."""

    LEARNER = "learner"
    ADMINISTRATOR = "administrator"


class User(Base):
    """Signs in by e-mail, which is stored folded (lower case, no surrounding space) and unique."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(String(20), default=Role.LEARNER)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
    last_seen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR
