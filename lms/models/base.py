"""The declarative base, UTC time columns, and the database's own clock."""

import contextlib
import contextvars
import datetime as dt
import sqlite3
import time
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, String, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


#: How long a transaction waits for another one before it gives up.
LOCK_MILLISECONDS = 15_000
LOOKING_SECONDS = 1.0


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware UTC datetimes on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database: give it a timezone")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class OutsideText(TypeDecorator[str]):
    """Text that another program wrote, like the end of a log: cut to its length, without what no text can hold."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        # NUL is no text for PostgreSQL, half a surrogate pair for no encoding.
        kept = value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
        return kept[: self.impl_instance.length]  # type: ignore[attr-defined]  # a String


class db_now(ColumnElement[dt.datetime]):
    """The database's clock plus some seconds: what decides leases, expiries and deadlines."""

    type = UtcDateTime()
    # Part of the key under which a compiled statement is kept, so that two offsets are two statements.
    _traverse_internals = [("plus_seconds", InternalTraversal.dp_plain_obj)]  # noqa: RUF012  # as its base has it
    inherit_cache = True

    def __init__(self, plus_seconds: float = 0) -> None:
        self.plus_seconds = float(plus_seconds)


@compiles(db_now, "sqlite")
def _now_sqlite(element: db_now, compiler: Any, **_: Any) -> str:
    # %f has three digits; SQLAlchemy stores and compares six.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '{element.plus_seconds:+.3f} seconds')"


@compiles(db_now)
def _now_postgresql(element: db_now, compiler: Any, **_: Any) -> str:
    return f"(clock_timestamp() + interval '{element.plus_seconds:.3f} seconds')"


#: Whether the next transaction means to write. Pages that only read say False, so that readers never wait in line.
write_intent: contextvars.ContextVar[bool] = contextvars.ContextVar("write_intent", default=True)


@event.listens_for(Engine, "connect")
def _configure_sqlite(connection: DBAPIConnection, _: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={LOCK_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "connect")
def _configure_postgresql(connection: DBAPIConnection, _: Any) -> None:
    """Who waits for somebody else's lock gives up as on SQLite; in SQL, since poolers refuse it as a start option."""
    if isinstance(connection, sqlite3.Connection):
        return
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_MILLISECONDS}")
    connection.commit()


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    if connection.dialect.name != "sqlite":
        return
    # A deferred transaction that turns to writing fails when another wrote meanwhile; an immediate one waits.
    if not write_intent.get():
        connection.exec_driver_sql("BEGIN")
    elif not _begun_at_once(connection.connection.dbapi_connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begun_at_once(connection: sqlite3.Connection) -> bool:
    """Begin to write within a millisecond of whoever wrote before; False after a second, and SQLite's waiting goes on.

    SQLite looks again after up to 100 ms: of ten who come at the same moment, most would wait for nobody.
    """
    deadline = time.monotonic() + LOOKING_SECONDS
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < deadline:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return True
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
            time.sleep(0.001)
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={LOCK_MILLISECONDS}")
