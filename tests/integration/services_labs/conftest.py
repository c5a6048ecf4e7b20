"""A learner, the small lab, and a provider in memory."""

import pytest

from lms.models import Lab, User, db
from lms.services import lab_reconciler, labs
from tests.factories.offers import LAB
from tests.factories.providers import ScriptedFake
from tests.factories.without_pages import app, learner

__all__ = ["app", "learner"]


@pytest.fixture
def provider() -> ScriptedFake:
    return ScriptedFake()


@pytest.fixture
def lab(learner: User, provider: ScriptedFake) -> Lab:
    """The learner's, ready."""
    started = labs.start(learner, LAB)
    settle(provider)
    return started


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


def reconcile_now(lab: Lab, provider: ScriptedFake) -> float | None:
    """One step of a worker, whether or not the lab rests; in how many seconds it is to be looked at again."""
    db.session.execute(db.update(Lab).values(not_before=None))
    db.session.commit()
    return lab_reconciler.reconcile(lab.id, owner="a", provider=provider)
