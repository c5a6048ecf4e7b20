"""A learner, the small lab, and a provider in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from lms.config import Settings
from lms.models import Lab, User, db
from lms.services import hints, lab_reconciler
from tests.factories.offers import services
from tests.factories.people import create_user
from tests.factories.providers import ScriptedFake


@pytest.fixture
def app(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The database and small content, without pages."""
    hints.install(None)
    with services(settings, tmp_path / "content") as application:
        yield application


@pytest.fixture
def learner(app: Flask) -> User:
    return create_user()


@pytest.fixture
def provider() -> ScriptedFake:
    return ScriptedFake()


def settle(provider: ScriptedFake, *, most: int = 30) -> None:
    """Does what the sweep does until nothing is due; pauses between steps are skipped."""
    for _ in range(most):
        db.session.execute(db.update(Lab).values(not_before=None))
        db.session.commit()
        due = lab_reconciler.due()
        if not due:
            return
        for lab_id in due:
            lab_reconciler.reconcile(lab_id, owner="a worker", provider=provider)
    raise AssertionError(f"not settled after {most} rounds: {provider.calls}")
