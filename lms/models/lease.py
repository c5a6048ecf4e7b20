"""The lease that lets exactly one worker act on a row."""

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from lms.models.base import UtcDateTime


class Leased:
    """Columns of a leased row; see lms.services.leases for how they are taken and written."""

    lease_owner: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    fence: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    #: How often in a row the work was cut off: the worker died holding the lease, or an exam's engine was lost.
    lost_leases: Mapped[int] = mapped_column(default=0)
