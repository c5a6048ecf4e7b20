"""Whether the database has the schema of this very code: for parts that start before or beside the migration."""

import time
from collections.abc import Callable

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from lms.config import Settings
from lms.database import MIGRATIONS, lone_engine
from lms.supervisor.fit import misfit

EVERY_SECONDS = 1.0
SAY_SECONDS = 15.0


def wait_for_database(settings: Settings, say: Callable[[str], None], *, seconds: float) -> bool:
    """Whether the database answered within this time."""
    return _wait(lambda: _lack(settings, migrated=False), say, seconds=seconds)


def wait_for_schema(settings: Settings, say: Callable[[str], None], *, seconds: float) -> bool:
    """Whether the database came to the newest migration that this code knows within this time."""
    return _wait(lambda: _lack(settings, migrated=True), say, seconds=seconds)


def _wait(lack: Callable[[], str | None], say: Callable[[str], None], *, seconds: float) -> bool:
    deadline, said = time.monotonic() + seconds, 0.0
    while reason := lack():
        now = time.monotonic()
        if now > deadline:
            say(f"gave up after {seconds:.0f} s: {reason}")
            return False
        if now - said > SAY_SECONDS:
            say(f"waiting: {reason}")
            said = now
        time.sleep(EVERY_SECONDS)
    return True


def _lack(settings: Settings, *, migrated: bool) -> str | None:
    """What is missing, in words; None when nothing is."""
    engine = lone_engine(settings)
    try:
        with engine.connect() as connection:
            there = MigrationContext.configure(connection).get_current_revision()
            other = misfit(connection) if migrated else None
    except SQLAlchemyError as error:
        return f"the database does not answer ({str(error).splitlines()[0][:200]})"
    finally:
        engine.dispose()
    if other:
        return f"the database does not fit this version: {other}"
    wanted = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if migrated and there != wanted:
        return f"the database is at {there or 'no migration'}, and this needs {wanted}"
    return None
