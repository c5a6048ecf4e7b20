"""An application as it is served, for tests that ask it over its client."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from lms.app import create_app
from lms.config import Settings
from lms.models import db
from lms.services import hints
from tests.factories.compiled import compile_once


@contextmanager
def web_of(settings: Settings) -> Iterator[Flask]:
    """One whose hints go nowhere; its database is let go at the end."""
    application = compile_once(create_app(settings))
    hints.install(None)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()
