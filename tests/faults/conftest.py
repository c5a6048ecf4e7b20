"""Plants a bug when asked to by ACADEMY_PLANT: tests/faults/test_planted_bugs.py runs the suite so."""

import os

import pytest

from tests.factories.without_pages import app, learner
from tests.faults import plants

__all__ = ["app", "learner"]


@pytest.fixture(scope="session", autouse=True)
def planted() -> None:
    plants.plant(os.environ.get("ACADEMY_PLANT"))
