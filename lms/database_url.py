"""Which databases there are, and how their URLs are written."""

import re

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

KINDS = ("sqlite", "postgresql")
_WITHOUT_DRIVER = re.compile(r"^postgres(ql)?://")


def checked(url: str) -> str:
    """The URL with our driver named, so that `postgresql://...` works as everywhere else; ValueError for others."""
    named = _WITHOUT_DRIVER.sub("postgresql+psycopg://", url.strip())
    try:
        kind, driver = make_url(named).get_backend_name(), make_url(named).drivername
    except ArgumentError as error:
        raise ValueError("it is no database URL, like postgresql://user:password@host/name") from error
    if kind not in KINDS:
        raise ValueError(f"the platform runs on PostgreSQL and SQLite, not on {kind}")
    if kind == "postgresql" and driver != "postgresql+psycopg":
        raise ValueError(f"PostgreSQL is reached through psycopg: write postgresql://, not {driver}://")
    return named
