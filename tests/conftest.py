"""Fixtures of every suite.

settings  an instance of its own in a temporary home (limits off, broker that nobody listens on), with a database
app       the web application on a migrated database, with an application context pushed
client    a browser without a sign-in; `sign_in(client, user)` of tests.factories.people gives it one
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from lms.app import create_app
from lms.config import Settings
from lms.models import db
from lms.services import hints
from tests.factories import databases as factory
from tests.factories.compiled import compile_once


def make_settings(home: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "home": home,
        "secret": SecretStr("only for tests, thirty-two characters"),
        "broker": "memory://",
        "limits_enabled": False,
    }
    return Settings(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def settings(tmp_path: Path, databases: None) -> Iterator[Settings]:
    url = factory.migrated(tmp_path / "main")
    yield make_settings(tmp_path, database=url)
    factory.drop(url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    application = compile_once(create_app(settings))
    hints.install(None)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
