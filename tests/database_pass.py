"""Runs tests on either database, and knows by itself which tests have to run on both.

A pytest plugin (`-p tests.database_pass` in pyproject.toml). A test that opens a database asks for the fixture
`databases`, nearly always through another one such as `settings`; that gives it the marker `database`, by which
scripts/test chooses the tests of the PostgreSQL pass. A test that opens one without asking fails, so that none is
missing from that pass, and so does a test that is meant for PostgreSQL and opens SQLite.
"""

import os
import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from tests.factories import databases as made
from tests.factories import postgres

FIXTURE = "databases"
#: The marker of tests that are for the other database alone.
_ELSEWHERE = {"sqlite": "postgresql", "postgresql": "once"}


@pytest.fixture(scope="session")
def databases() -> None:
    """For tests that open a database of the platform, whichever it is: tests.factories.databases makes them."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"database: opens a database; given to what uses the fixture `{FIXTURE}`")
    config.addinivalue_line("markers", "once: opens a database and is not about it; runs on SQLite alone")
    if made.kind() == "postgresql" and made.SERVER not in os.environ and not config.option.collectonly:
        server = postgres.start()
        os.environ[made.SERVER] = server.socket  # processes of this run inherit it, those of pytest-xdist too

        def stop() -> None:
            del os.environ[made.SERVER]
            server.stop()

        config.add_cleanup(stop)


def pytest_report_header() -> str:
    return f"database: {made.kind()}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        if FIXTURE in getattr(item, "fixturenames", ()):
            item.add_marker("database")
        (left_out if item.get_closest_marker(_ELSEWHERE[made.kind()]) else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@event.listens_for(Engine, "connect")
def _connected(connection: DBAPIConnection, _: object) -> None:
    made.opened.append("sqlite" if isinstance(connection, sqlite3.Connection) else "postgresql")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    made.opened.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield
    if made.opened and not item.get_closest_marker("database"):
        pytest.fail(f"opened a database without the fixture `{FIXTURE}`: the PostgreSQL pass would not know of it")
    if others := set(made.opened) - {made.kind()}:
        pytest.fail(f"opened {', '.join(others)}, and is to run on {made.kind()}")
