"""What a worker process has on its bench: settings, database, content and the provider of labs."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from flask import Flask

from labs.ports import Provider
from lms import queue
from lms.config import Settings
from lms.database import database_app
from lms.lab_provider import provider_of
from worker import owner


@dataclasses.dataclass(frozen=True)
class Bench:
    settings: Settings
    app: Flask
    provider: Provider
    owner: str


@contextmanager
def at_work() -> Iterator[Bench]:
    """The bench with a database session that ends with the block."""
    bench = _bench()
    with bench.app.app_context():
        yield bench


@cache
def _bench() -> Bench:
    """Made on the first task of a process, so that no database connection is shared across a fork."""
    settings = Settings()
    queue.connect(settings)
    return Bench(settings, database_app(settings), provider_of(settings), owner.me())
