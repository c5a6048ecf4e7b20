"""Plants a bug when asked to by ACADEMY_PLANT: tests/faults/test_planted_bugs.py runs the suite so."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from lms.config import Settings
from lms.models import User
from lms.services import hints
from tests.factories.offers import services
from tests.factories.people import create_user
from tests.faults import plants


@pytest.fixture(scope="session", autouse=True)
def planted() -> None:
    plants.plant(os.environ.get("ACADEMY_PLANT"))


@pytest.fixture
def app(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The database and small content, without pages."""
    hints.install(None)
    with services(settings, tmp_path / "content") as application:
        yield application


@pytest.fixture
def learner(app: Flask) -> User:
    return create_user()
