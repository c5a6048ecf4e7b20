"""Workers wait for a database that is away: what took minutes to find out is not thrown away for a restart of it."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from lms.models import db

log = logging.getLogger(__name__)
Found = TypeVar("Found")

SECONDS = 30.0
BETWEEN = 0.5


def until_written(write: Callable[[], Found], *, seconds: float = SECONDS) -> Found:
    """Does `write`, which is one transaction that may be done again, until the database takes it or time is over.

    The database is away, has ended the transaction for the sake of another one (a deadlock), or kept it waiting.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return write()
        except OperationalError as error:
            db.session.rollback()
            if time.monotonic() > deadline:
                raise
            log.warning("the database did not take it, trying again: %s", str(error).splitlines()[0])
            time.sleep(BETWEEN)
