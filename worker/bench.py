"""What a worker process has on its bench: settings, database, content and the provider of labs."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from flask import Flask

from lms import queue
from lms.config import Settings
from lms.database import database_app
from lms.late_provider import LateProvider
from worker import owner


@dataclasses.dataclass(frozen=True)
class Bench:
    settings: Settings
    app: Flask
    provider: LateProvider
    owner: str


@contextmanager
def at_work() -> Iterator[Bench]:
    """The bench with a database session that ends with the block."""
    bench = _bench()
    with bench.app.app_context():
        yield bench


@cache
def _bench() -> Bench:
    """Made on the first task of a process, so that no database connection is shared across a fork.

    The provider opens later: a worker without one still says what is wrong, row by row.
    """
    settings = Settings()
    queue.connect(settings)
    # No lab that is slow to end, or stuck, keeps a worker from the others: it is looked at again.
    return Bench(settings, database_app(settings), LateProvider(settings, patience=0), owner.me())
