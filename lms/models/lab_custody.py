"""Whether what runs the labs and this database belong together: what the reaper of orphans asks first."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import Base, UtcDateTime
from lms.models.lease import Leased


class LabCustody(Leased, Base):
    """One row, with `id` 1; its fence rises at each look and is told to the provider.

    A provider that was told of a higher one knew a newer database than this.
    """

    __tablename__ = "lab_custody"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: A random text that the provider keeps too; another one after each arming.
    epoch: Mapped[str] = mapped_column(String(32))
    #: Why nothing is reaped; NULL while the reaper is armed.
    disarmed: Mapped[str | None] = mapped_column(String(300))
    arming_asked: Mapped[bool] = mapped_column(default=False)
    #: What was suspicious at the last look, each with the time since which it is.
    suspicions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    looked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
