"""A project handed in: immutable once accepted."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime, db_now


class Submission(Base):
    """Its bytes lie in the upload store under `sha256`; `form_key` makes a form sent twice one submission."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("user_id", "form_key"), UniqueConstraint("user_id", "project_uuid", "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    project_uuid: Mapped[uuid.UUID] = mapped_column(index=True)
    number: Mapped[int]
    form_key: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    filename: Mapped[str] = mapped_column(String(255))
    git_url: Mapped[str | None] = mapped_column(String(500))
    git_commit: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=db_now())
