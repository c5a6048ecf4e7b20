"""Who wants to write on SQLite looks often for a moment, and then waits as SQLite does."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from lms.models import base
from tests.factories.waiting import until

pytestmark = [pytest.mark.usefixtures("databases"), pytest.mark.once]  # PostgreSQL has queues of its own


def test_who_waits_longer_than_it_looks_gets_its_turn_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "LOOKING_SECONDS", 0.02)
    engine = create_engine(f"sqlite:///{tmp_path}/data.sqlite3")
    said: list[str] = []

    def write() -> None:
        with engine.connect() as mine:
            mine.connection.dbapi_connection.set_trace_callback(said.append)  # type: ignore[union-attr]  # SQLite's
            mine.execute(text("INSERT INTO line VALUES ('second')"))
            mine.commit()

    with engine.connect() as holder, ThreadPoolExecutor(1) as thread:
        holder.execute(text("CREATE TABLE line (name)"))
        waits = thread.submit(write)
        by_itself = [f"PRAGMA busy_timeout={base.LOCK_MILLISECONDS}", "BEGIN IMMEDIATE"]
        until("SQLite waits by itself", lambda: said[-2:] == by_itself or waits.done())
        assert said[:2] == ["PRAGMA busy_timeout=0", "BEGIN IMMEDIATE"] and not waits.done()
        holder.execute(text("INSERT INTO line VALUES ('first')"))
        holder.commit()
        waits.result(timeout=10)
        assert list(holder.scalars(text("SELECT name FROM line ORDER BY rowid"))) == ["first", "second"]
    engine.dispose()
