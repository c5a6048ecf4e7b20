"""The migrations make what the models say; the audit trail only grows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from lms.config import Settings
from lms.database import database_app, lone_engine
from lms.models import AuditEntry, db
from lms.supervisor import doctor
from lms.supervisor.fit import DoesNotFit, bring_up_to_date
from lms.supervisor.schema import wait_for_schema
from tests.conftest import make_settings
from tests.factories import databases as factory
from tests.factories.people import create_user
from tests.factories.world import create_lab


def test_models_and_migrations_agree_there_and_back(tmp_path: Path, databases: None) -> None:
    url = factory.empty(tmp_path)
    with database_app(make_settings(tmp_path, database=url)).app_context():
        upgrade()
        upgrade()
        check()  # raises with the differences
        downgrade(revision="base")
        assert db.inspect(db.engine).get_table_names() == ["alembic_version"]
        upgrade()
        check()
        db.engine.dispose()
    factory.drop(url)


OTHER_LINES = {
    "ALTER TABLE lab DROP COLUMN claim": "no column lab.claim",
    "ALTER TABLE lab ADD COLUMN colour VARCHAR(9)": "an unknown column lab.colour",
    "DROP TABLE lab_custody": "no table lab_custody",
    "UPDATE alembic_version SET version_num = 'another'": "it is at migration another",
    "DROP TABLE alembic_version": "and no migrations",
}


@pytest.mark.parametrize("deed", OTHER_LINES)
def test_a_database_of_another_line_is_refused_in_words_and_left_alone(settings: Settings, deed: str) -> None:
    engine = lone_engine(settings)
    before = _spoilt(engine, deed)
    with database_app(settings).app_context():
        with pytest.raises(DoesNotFit, match=f"does not fit this version.*{OTHER_LINES[deed]}.*\nNothing was changed"):
            bring_up_to_date()
        db.engine.dispose()
    said: list[str] = []
    assert not wait_for_schema(settings, said.append, seconds=0)
    assert OTHER_LINES[deed] in said[0]
    assert _columns(engine) == before
    engine.dispose()


def test_neither_start_nor_doctor_takes_it_for_ours(settings: Settings) -> None:
    deed = "ALTER TABLE lab DROP COLUMN claim"
    engine = lone_engine(settings)
    _spoilt(engine, deed)
    engine.dispose()
    env = os.environ | {"ACADEMY_HOME": str(settings.home), "ACADEMY_DATABASE": settings.database_url}
    start = subprocess.run(
        [sys.executable, "-m", "lms.supervisor.database"], env=env, capture_output=True, text=True, check=False
    )
    assert start.returncode == 1, "`lms up` ends here, and starts nothing"
    assert OTHER_LINES[deed] in start.stdout and "Traceback" not in start.stdout + start.stderr
    (found,) = (one for one in doctor.examine(settings) if one.subject == "database")
    assert (found.state, OTHER_LINES[deed] in found.what, "ACADEMY_DATABASE" in found.mend) == ("missing", True, True)


def _spoilt(engine: Engine, deed: str) -> dict[str, list[str]]:
    """What is there after the deed."""
    with engine.begin() as connection:
        connection.execute(text(deed))
    return _columns(engine)


def _columns(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        every = inspect(connection).get_multi_columns()
        return {name: [str(one["name"]) for one in columns] for (_, name), columns in every.items()}


@pytest.mark.parametrize("deed", ["UPDATE audit_entry SET reason = 'another'", "DELETE FROM audit_entry"])
def test_the_audit_trail_only_grows(app: Flask, deed: str) -> None:
    db.session.add(AuditEntry(actor_id=create_user().id, action="a deed", object="a thing"))
    db.session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(deed))


def test_text_of_other_programs_is_kept_as_far_as_text_goes(app: Flask) -> None:
    lab = create_lab(create_user())
    lab.problem = "it said \0 and \udcff and " + "more " * 1000
    db.session.commit()
    db.session.refresh(lab)
    assert lab.problem is not None and lab.problem.startswith("it said \N{REPLACEMENT CHARACTER} and ? and more")
    assert len(lab.problem) == 2000
