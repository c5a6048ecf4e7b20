"""A link that works once: first administrator, invitation, or sign-in."""

import datetime as dt
import enum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime, db_now


class LinkPurpose(enum.StrEnum):
    FIRST_ADMINISTRATOR = "first administrator"
    INVITATION = "invitation"
    SIGN_IN = "sign in"


class OneTimeLink(Base):
    """Stored as a SHA-256; used by one UPDATE that only the first caller wins."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(String(30))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
