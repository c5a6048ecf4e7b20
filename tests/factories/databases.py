"""The databases of tests, on what ACADEMY_TEST_DATABASE names: `sqlite` (the default) or `postgresql`.

Each is a copy of one that the migrations made, and each is used by one test or one instance only. The plugin
`tests.database_pass` starts the PostgreSQL of a run and leaves its socket's folder in ACADEMY_TEST_POSTGRESQL.
"""

import os
import secrets
import shutil
import tempfile
from functools import cache
from pathlib import Path

import psycopg
from flask_migrate import upgrade
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from lms.config import Settings
from lms.database import database_app
from lms.models import db
from tests.factories.postgres import USER

KIND, SERVER = "ACADEMY_TEST_DATABASE", "ACADEMY_TEST_POSTGRESQL"
KINDS = ("sqlite", "postgresql")
TEMPLATE = "migrated"
#: The kinds of database that this process opened or gave away, for tests.database_pass to look at.
opened: list[str] = []
_folder: tempfile.TemporaryDirectory[str] | None = None


def kind() -> str:
    found = os.environ.get(KIND, "sqlite")
    if found not in KINDS:
        raise ValueError(f"{KIND} is one of {', '.join(KINDS)}, not {found!r}")
    return found


def left_to_others() -> None:
    """Notes that the test has processes of its own open databases."""
    opened.append(kind())


def empty(folder: Path) -> str:
    """The URL of a new database without tables; on SQLite it is where an instance of this folder has it by default."""
    opened.append(kind())
    if kind() == "sqlite":
        return f"sqlite:///{folder / 'academy.sqlite3'}"
    return _created("template1")


def migrated(folder: Path) -> str:
    """The URL of a new database as the migrations make it."""
    if kind() == "sqlite":
        return copy(_sqlite_template(), folder)
    opened.append(kind())
    _make_postgresql_template()
    return _created(TEMPLATE)


def copy(url: str, folder: Path) -> str:
    """The URL of a new database that holds what this one does; nobody may be connected to this one."""
    if kind() == "postgresql":
        opened.append(kind())
        return _created(_name(url))
    made = empty(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(_name(url), _name(made))
    return made


def restore(url: str, pristine: str) -> None:
    """Makes the database hold what the pristine one does; nobody may be connected to either."""
    if kind() == "sqlite":
        for end in ("-wal", "-shm"):
            Path(f"{_name(url)}{end}").unlink(missing_ok=True)
        shutil.copy(_name(pristine), _name(url))
        return
    drop(url)
    _create(_name(url), _name(pristine))


def drop(url: str) -> None:
    """Removes it, whoever is connected; on SQLite it goes with its folder."""
    if kind() == "postgresql":
        with _administration() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_name(url))))


def _name(url: str) -> str:
    name = make_url(url).database
    assert name
    return name


def _created(template: str) -> str:
    name = f"test_{secrets.token_hex(8)}"  # pids come again within one run
    _create(name, template)
    return _url(name)


def _create(name: str, template: str) -> None:
    """Copies files; since PostgreSQL 15 it otherwise writes all pages to its log, which takes three times as long."""
    with _administration() as connection:
        how = sql.SQL("STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else "")
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template), how))


def _url(name: str) -> str:
    return f"postgresql+psycopg://{USER}@/{name}?host={_server()}"


def _server() -> str:
    found = os.environ.get(SERVER)
    if found is None:
        raise RuntimeError(f"{SERVER} is not set: databases are made within a run of pytest")
    return found


def _administration() -> psycopg.Connection:
    return psycopg.connect(host=_server(), user=USER, dbname="postgres", autocommit=True)


@cache
def _sqlite_template() -> str:
    global _folder  # it goes with the process
    _folder = tempfile.TemporaryDirectory(prefix="ac-migrated-")
    url = empty(Path(_folder.name))
    _migrate(url, Path(_folder.name))
    return url


def forget_template() -> None:
    """For processes that end without their exit handlers: what this one made for itself is removed."""
    if _folder is not None:
        _folder.cleanup()


@cache
def _make_postgresql_template() -> None:
    """Once for all processes of the run: the first makes it under another name, the others wait for that."""
    with _administration() as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        url = _created("template1")
        with tempfile.TemporaryDirectory() as home:
            _migrate(url, Path(home))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(_name(url)), sql.Identifier(TEMPLATE)))


def _migrate(url: str, home: Path) -> None:
    settings = Settings(home=home, database=url, secret=SecretStr("only for tests, thirty-two characters"))
    with database_app(settings).app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
