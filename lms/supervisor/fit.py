"""Whether a database is one of this code: what migrations say of it, and whether its tables are those of the models.

Migrations are told apart by their names alone. A database that was made by another line of them under the same name
is found out by its columns, before somebody's click is.
"""

from collections.abc import Iterator

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import Connection, inspect

from lms.database import MIGRATIONS
from lms.models import db

NAMED = 4
MEND = (
    "Nothing was changed in it. Run the version of the platform that made it; or take another one and begin anew: move "
    "the file away (SQLite), or name an empty database with ACADEMY_DATABASE (PostgreSQL)."
)


class DoesNotFit(Exception):
    """This database belongs to another version; the text says how one sees it, and what to do."""


def bring_up_to_date() -> None:
    """Migrate the database of the current application; DoesNotFit instead of a failure later."""
    _refuse_misfit()
    upgrade()
    _refuse_misfit()


def misfit(connection: Connection) -> str | None:
    """What does not fit, as a sentence; None where migrating helps or nothing is to be done."""
    context = MigrationContext.configure(connection)
    current = context.get_current_revision()
    script = ScriptDirectory(str(MIGRATIONS))
    if current is not None and current not in {one.revision for one in script.walk_revisions()}:
        return f"it is at migration {current}, of which this version of the platform knows nothing"
    if current is None and (tables := _tables(connection).keys() & db.metadata.tables.keys()):
        if context.get_current_revision() is not None:
            return None  # another replica has migrated it between the two looks
        return f"it has {_some(sorted(tables))} and no migrations: something else made it"
    if current == script.get_current_head() and (differences := list(_differences(connection))):
        return f"it was made by another line of migrations: {_some(differences)}"
    return None


def _refuse_misfit() -> None:
    with db.engine.connect() as connection:
        found = misfit(connection)
    if found:
        raise DoesNotFit(f"The database does not fit this version of the platform: {found}.\n{MEND}")


def _differences(connection: Connection) -> Iterator[str]:
    there = _tables(connection)
    for name, table in db.metadata.tables.items():
        if name not in there:
            yield f"no table {name}"
            continue
        wanted = {column.name for column in table.columns}
        yield from (f"no column {name}.{column}" for column in sorted(wanted - there[name]))
        yield from (f"an unknown column {name}.{column}" for column in sorted(there[name] - wanted))


def _tables(connection: Connection) -> dict[str, set[str]]:
    """The columns of each table."""
    every = inspect(connection).get_multi_columns()
    return {name: {str(column["name"]) for column in columns} for (_, name), columns in every.items()}


def _some(found: list[str]) -> str:
    more = len(found) - NAMED
    return ", ".join(found[:NAMED]) + (f" and {more} more" if more > 0 else "")
