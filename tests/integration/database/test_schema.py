"""The migrations make what the models say; the audit trail only grows."""

from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lms.database import database_app
from lms.models import AuditEntry, db
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
