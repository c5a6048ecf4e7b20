"""What is in the way on the platform's side: it has a name and a reason, costs no start, and heals by itself."""

import datetime as dt

import pytest

from labs.errors import (
    EnvironmentMissing,
    ImageMissing,
    LabSuperseded,
    NotOurs,
    OurFault,
    ProgramMissing,
    ProviderAway,
    ProviderRefused,
)
from labs.ports import LabProblem, Observation
from labs.spec import LabSpec
from lms.models import Desired, Lab, User, db
from lms.services import lab_outcomes, lab_troubles, lab_views, labs
from lms.services.lab_troubles import Trouble
from tests.factories.offers import LAB
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import reconcile_now, settle

ERRORS = {
    "away": ProviderAway("the cluster does not answer"),
    "refused": ProviderRefused("quota exceeded: 3 of 3 namespaces"),
    "missing": ImageMissing("academy/workspace:1 is not there"),
    "taken": NotOurs("the namespace lab-1 is not ours"),
    "broken": OSError("disk full"),
}


def trouble(learner: User) -> Trouble:
    found = lab_views.view(learner, LAB).trouble
    assert found is not None
    return found


@pytest.mark.parametrize("name", ERRORS)
def test_each_is_named_with_its_reason_and_heals(name: str, learner: User, provider: ScriptedFake) -> None:
    provider.breaks = ERRORS[name]
    lab = labs.start(learner, LAB)
    assert reconcile_now(lab, provider) is not None, "it is tried again"
    view = lab_views.view(learner, LAB)
    assert view.shown == "starting"
    assert trouble(learner).name == name
    assert str(ERRORS[name]) in trouble(learner).reason
    provider.breaks = None
    settle(provider)
    view = lab_views.view(learner, LAB)
    assert (view.shown, view.trouble, view.problem) == ("ready", None, None)


@pytest.mark.parametrize("name", [name for name in ERRORS if name != "broken"])
def test_as_long_as_it_lasts_no_start_fails(name: str, learner: User, provider: ScriptedFake) -> None:
    provider.breaks = ERRORS[name]
    lab = labs.start(learner, LAB)
    pauses = [reconcile_now(lab, provider) for _ in range(3 * lab_outcomes.MOST_FAILURES)]
    assert all(pause is not None and 1 < pause <= lab_outcomes.LONGEST_PAUSE_SECONDS for pause in pauses)
    assert lab_views.view(learner, LAB).shown == "starting"
    assert labs.owned(learner, lab.id).starts == 1
    provider.breaks = OSError("and now something else")
    reconcile_now(lab, provider)
    assert lab_views.view(learner, LAB).shown == "starting", "the tries before do not count against it"


def test_away_is_asked_again_when_it_says(learner: User, provider: ScriptedFake) -> None:
    provider.breaks = ProviderAway("too many requests", retry_after=17)
    assert reconcile_now(labs.start(learner, LAB), provider) == 17


def test_a_ready_lab_stays_ready_while_the_provider_is_away(learner: User, provider: ScriptedFake) -> None:
    lab = labs.start(learner, LAB)
    settle(provider)
    provider.breaks = ERRORS["away"]
    reconcile_now(lab, provider)
    view = lab_views.view(learner, LAB)
    assert (view.shown, view.door is not None, trouble(learner).name) == ("ready", True, "away")
    provider.breaks = None
    reconcile_now(lab, provider)
    assert lab_views.view(learner, LAB).trouble is None


def test_the_time_that_it_took_is_given_back(learner: User, provider: ScriptedFake) -> None:
    provider.breaks = ERRORS["refused"]
    lab = labs.start(learner, LAB)
    reconcile_now(lab, provider)
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    db.session.execute(db.update(Lab).values(expires_at=soon))
    provider.breaks = None
    settle(provider)
    view = lab_views.view(learner, LAB)
    assert view.time and view.time.expires_at > soon + dt.timedelta(minutes=50)


def test_a_lab_removed_from_outside_starts_anew_under_a_new_generation(
    learner: User, provider: ScriptedFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = labs.start(learner, LAB)
    settle(provider)
    before = lab_views.view(learner, LAB).door
    original = provider.ensure

    def going(spec: LabSpec) -> Observation:
        if spec.generation > 1:
            return original(spec)
        stuck = LabProblem(whose="ours", what="the namespace was deleted and does not go")
        return Observation(state="failed", generation=1, problem=stuck, lost=True)

    monkeypatch.setattr(provider, "ensure", going)
    assert reconcile_now(lab, provider) == 0
    assert trouble(learner).name == "lost"
    assert "does not go" in trouble(learner).reason
    settle(provider)
    view = lab_views.view(learner, LAB)
    assert (view.shown, view.trouble) == ("ready", None)
    assert provider.kept == {lab.name: 2}
    assert view.door != before


def test_a_lab_that_cannot_be_deleted_is_reported_and_holds_nobody_up(learner: User, provider: ScriptedFake) -> None:
    lab = labs.start(learner, LAB)
    settle(provider)
    provider.sticks = {lab.name}
    labs.delete(learner, lab.id)
    for _ in range(5):
        reconcile_now(lab, provider)
    assert [(one.name, "cannot be deleted" in one.what) for one in lab_troubles.of_everybody()] == [(lab.name, True)]
    new = labs.start(learner, LAB)
    assert new.name != lab.name
    for _ in range(3):
        reconcile_now(new, provider)
    assert lab_views.view(learner, LAB).shown == "ready"
    provider.sticks = set()
    settle(provider)
    assert lab_troubles.of_everybody() == []


def test_a_provider_that_knows_a_newer_generation_is_no_endless_loop(
    learner: User, provider: ScriptedFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was restored, and does not know of the reset."""
    lab = labs.start(learner, LAB)

    def newer(spec: LabSpec) -> Observation:
        raise LabSuperseded("it is at generation 2; the order was for 1")

    monkeypatch.setattr(provider, "ensure", newer)
    pauses = [reconcile_now(lab, provider) for _ in range(4)]
    assert pauses == [2, 4, 8, 16]
    assert trouble(learner).name == "behind"


def test_a_new_order_forgets_the_old_trouble(learner: User, provider: ScriptedFake) -> None:
    provider.breaks = ERRORS["refused"]
    lab = labs.start(learner, LAB)
    reconcile_now(lab, provider)
    labs.reset(learner, lab.id)
    assert lab_views.view(learner, LAB).trouble is None
    labs.stop(learner, lab.id)
    provider.breaks = None
    settle(provider)
    assert labs.owned(learner, lab.id).desired == Desired.STOPPED
    assert lab_troubles.of_everybody() == []


@pytest.mark.parametrize(
    ("error", "name"),
    [(ProgramMissing("prometheus"), "missing"), (EnvironmentMissing("x"), "missing"), (OurFault("x"), "broken")],
)
def test_errors_of_providers_have_names(error: Exception, name: str) -> None:
    assert lab_troubles.name_of(error) == name
    assert all(lab_troubles.WORDS[name])
