"""Fixtures of suites that look behind the pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from lms.config import Settings
from lms.models import User
from lms.services import hints
from tests.factories.offers import services
from tests.factories.people import create_user


@pytest.fixture
def app(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The database and small content, without pages."""
    hints.install(None)
    with services(settings, tmp_path / "content") as application:
        yield application


@pytest.fixture
def learner(app: Flask) -> User:
    return create_user()
