"""Fixtures of every suite.

settings  an instance of its own in a temporary home (limits off, broker that nobody listens on)
app       the web application on a migrated database, with an application context pushed
client    a browser without a sign-in; `sign_in(client, user)` of tests.factories.people gives it one
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from pydantic import SecretStr

from lms.app import create_app
from lms.config import Settings
from lms.database import database_app
from lms.models import db
from lms.services import hints


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file made by the migrations, once for each test process; tests copy it."""
    home = tmp_path_factory.mktemp("migrated")
    application = database_app(make_settings(home))
    with application.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    return home / "main" / "academy.sqlite3"


def make_settings(home: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "home": home,
        "secret": SecretStr("only for tests, thirty-two characters"),
        "broker": "memory://",
        "limits_enabled": False,
    }
    return Settings(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def settings(tmp_path: Path, migrated_database: Path) -> Settings:
    made = make_settings(tmp_path)
    made.instance_folder.mkdir(parents=True)
    shutil.copy(migrated_database, made.instance_folder / "academy.sqlite3")
    return made


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    application = create_app(settings)
    hints.install(None)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
