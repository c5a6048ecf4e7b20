"""A lab that fails: whose fault it was decides whether it is tried again, and what is said."""

import datetime as dt

from labs.ports import LabProblem
from lms.models import Lab, User, db
from lms.services import lab_outcomes, lab_reconciler, lab_views, labs, leases
from tests.factories.offers import LAB
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle


def test_our_fault_is_tried_again_and_then_said(learner: User, provider: ScriptedFake) -> None:
    provider.problem = LabProblem(whose="ours", what="no port is free")
    lab = labs.start(learner, LAB)
    settle(provider)
    view = lab_views.view(learner, LAB)
    assert view.shown == "failed"
    assert view.trouble and "not your fault" in view.trouble.sentence
    assert view.trouble.reason == "no port is free"
    assert provider.calls.count(("ensure", lab.name)) == lab_outcomes.MOST_FAILURES
    assert not provider.running
    provider.problem = None
    labs.start(learner, LAB)
    settle(provider)
    assert lab_views.view(learner, LAB).shown == "ready"


def test_a_lab_that_kills_its_workers_is_set_aside(learner: User, provider: ScriptedFake) -> None:
    lab = labs.start(learner, LAB)
    for _ in range(lab_reconciler.MOST_DEATHS):
        assert leases.take(Lab, lab.id, owner="dies", seconds=-1)
    settle(provider)
    assert lab_views.view(learner, LAB).shown == "failed"
    assert not provider.calls


def test_what_failed_by_our_fault_is_tried_anew_by_itself(learner: User, provider: ScriptedFake) -> None:
    provider.problem = LabProblem(whose="ours", what="the image cannot be had")
    lab = labs.start(learner, LAB)
    settle(provider)
    assert lab_views.view(learner, LAB).shown == "failed"
    assert labs.owned(learner, lab.id).admitted_at is None, "its place is for others"
    assert lab_reconciler.due() == []
    provider.problem = None
    _let_pass(lab_reconciler.HEAL_SECONDS)
    settle(provider)
    assert lab_views.view(learner, LAB).shown == "ready"


def test_what_failed_by_the_learners_fault_is_said_at_once_and_is_not(learner: User, provider: ScriptedFake) -> None:
    provider.problem = LabProblem(whose="learner", what="serving ended", log="SyntaxError in app.py")
    lab = labs.start(learner, LAB)
    settle(provider)
    assert provider.calls.count(("ensure", lab.name)) == 1
    view = lab_views.view(learner, LAB)
    assert (view.shown, view.trouble, view.queue) == ("failed", None, None), "it waits for nothing"
    assert "SyntaxError" in (view.problem or "")
    _let_pass(lab_reconciler.HEAL_SECONDS)
    assert lab_reconciler.due() == []


def test_what_failed_and_is_slow_to_end_has_failed(learner: User, provider: ScriptedFake) -> None:
    """Looked at again before its reason is written, it would be started again."""
    lab = labs.start(learner, LAB)
    provider.problem = LabProblem(whose="learner", what="serve.py does not load")
    provider.lingers.add(lab.name)
    lab_reconciler.reconcile(lab.id, owner="a", provider=provider)
    assert (lab_views.view(learner, LAB).shown, provider.running) == ("failed", set())


def test_nobody_waits_for_ever(learner: User, provider: ScriptedFake) -> None:
    provider.problem = LabProblem(whose="ours", what="the image cannot be had")
    labs.start(learner, LAB)
    settle(provider)
    _let_pass(lab_reconciler.HEAL_WITHIN_SECONDS)
    assert lab_reconciler.due() == []


def _let_pass(seconds: float) -> None:
    """As if so much time had gone by."""
    by = dt.timedelta(seconds=seconds + 1)
    for row in db.session.scalars(db.select(Lab).execution_options(populate_existing=True)):
        assert row.start_asked_at
        row.start_asked_at -= by
        if row.trouble_at:
            row.trouble_at -= by
    db.session.commit()
