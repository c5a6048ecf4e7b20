"""A learner's lab, from the first order to the last."""

import datetime as dt
import time

import pytest
from flask import Flask
from pydantic import SecretStr

from labs.door_key import door_key
from labs.ports import Observation
from labs.spec import LabSpec
from lms.models import Desired, Lab, User, db
from lms.services import installation, lab_places, lab_reconciler, lab_steps, lab_views, labs
from lms.services.errors import Conflict, NotFound
from lms.services.lab_time import TimeLeft
from tests.factories.at_once import acting, at_once
from tests.factories.offers import LAB
from tests.factories.people import create_user
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import reconcile_now, settle


def test_a_started_lab_comes_up_and_shows_its_door_to_its_owner(learner: User, provider: ScriptedFake) -> None:
    lab = labs.start(learner, LAB)
    assert lab_views.view(learner, LAB).shown == "starting"
    lab_reconciler.reconcile(lab.id, owner="a", provider=provider)
    provider.store.labs[lab.name].started_at -= 60
    settle(provider)
    view = lab_views.view(learner, LAB)
    assert view.shown == "ready"
    assert lab.claim is not None
    key = door_key(SecretStr(lab.credential), lab.claim)
    assert view.door == f"http://{lab.name}.academy.localhost:1/lab?token={key}"
    assert [component.phase for component in view.components] == ["ready"]
    assert view.usual_seconds == pytest.approx(60, abs=10)
    provider.store.labs[lab.name].ready_at = time.time() + 3600  # as one of its parts came back
    reconcile_now(lab, provider)
    assert lab_views.view(learner, LAB).usual_seconds is None
    other = lab_views.view(create_user(), LAB)
    assert (other.shown, other.door, other.lab_id) == ("none", None, None)


def test_twenty_starts_at_once_make_one_lab(app: Flask, learner: User, provider: ScriptedFake) -> None:
    ids: list[int] = []
    assert at_once(app, [acting(learner, lambda person: ids.append(labs.start(person, LAB).id))] * 20) == [None] * 20
    assert len(ids) == 20
    assert len(set(ids)) == 1
    lab = labs.owned(learner, ids[0])
    assert (lab.orders, lab.starts) == (1, 1)


def test_stop_keeps_the_work_and_start_brings_it_back(lab: Lab, learner: User, provider: ScriptedFake) -> None:
    labs.stop(learner, lab.id)
    view = lab_views.view(learner, LAB)
    assert view.shown == "stopping"
    assert [view.usual_seconds, *(one.usual_seconds for one in view.components)] == [None] * (1 + len(view.components))
    settle(provider)
    view = lab_views.view(learner, LAB)
    assert (view.shown, "time" in view.sentence) == ("stopped", False)
    assert provider.kept == {lab.name: 1}
    again = labs.start(learner, LAB)
    settle(provider)
    assert again.id == lab.id
    assert provider.kept == {lab.name: 1}


def test_a_lab_that_is_slow_to_stop_is_looked_at_again(lab: Lab, learner: User, provider: ScriptedFake) -> None:
    provider.lingers.add(lab.name)
    labs.stop(learner, lab.id)
    assert lab_reconciler.reconcile(lab.id, owner="a", provider=provider) == 1
    assert lab_views.view(learner, LAB).shown == "stopping"
    provider.lingers.clear()
    settle(provider)
    assert lab_views.view(learner, LAB).shown == "stopped"


def test_reset_is_a_new_generation(lab: Lab, learner: User, provider: ScriptedFake) -> None:
    labs.reset(learner, lab.id)
    assert lab_views.view(learner, LAB).shown == "starting"
    settle(provider)
    assert provider.kept == {lab.name: 2}


def test_a_reset_counts_from_its_own_order(lab: Lab, learner: User, provider: ScriptedFake) -> None:
    lab.admitted_at = lab.start_asked_at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    db.session.commit()
    labs.reset(learner, lab.id)
    view = lab_views.view(learner, LAB)
    assert [component.phase for component in view.components] == ["waiting"]
    assert view.seconds is not None and view.seconds < 60
    settle(provider)
    view = lab_views.view(learner, LAB)
    assert view.seconds is not None and view.seconds < 60


def test_a_deleted_lab_goes_and_a_new_one_may_start_at_once(lab: Lab, learner: User, provider: ScriptedFake) -> None:
    labs.delete(learner, lab.id)
    new = labs.start(learner, LAB)
    assert new.id != lab.id
    settle(provider)
    assert provider.kept == {new.name: 1}
    with pytest.raises(NotFound):
        labs.stop(learner, lab.id)


def test_an_expired_lab_stops_and_an_extended_one_does_not(lab: Lab, learner: User, provider: ScriptedFake) -> None:
    _expire(lab, minutes=5)
    assert time_left(learner).is_short
    labs.extend(learner, lab.id)
    assert not time_left(learner).is_short
    _expire(lab, minutes=-1)
    settle(provider)
    view = lab_views.view(learner, LAB)
    assert (view.shown, view.sentence.startswith("Its time was over.")) == ("stopped", True)
    assert provider.kept == {lab.name: 1}


def test_extensions_have_an_end(learner: User, provider: ScriptedFake) -> None:
    lab = labs.start(learner, LAB)
    assert labs.extend(learner, lab.id).extensions == 1
    assert labs.extend(learner, lab.id).extensions == 2
    with pytest.raises(Conflict, match="extended 2 times"):
        labs.extend(learner, lab.id)


def test_more_labs_than_places_wait_in_line(learner: User, provider: ScriptedFake, settings: object) -> None:
    installation.install(installation.current().model_copy(update={"labs_at_once": 1}))
    first = labs.start(learner, LAB)
    people = [create_user(), create_user()]
    for person in people:
        labs.start(person, LAB)
    settle(provider)
    views = [lab_views.view(person, LAB) for person in people]
    assert [view.shown for view in views] == ["waiting", "waiting"]
    assert [view.queue.position for view in views if view.queue] == [1, 2]
    assert "number 2 in line" in views[1].sentence
    labs.stop(learner, first.id)
    settle(provider)
    assert [lab_views.view(person, LAB).shown for person in people] == ["ready", "waiting"]
    assert not lab_places.queue(labs.live(people[0])[0])


def test_one_person_has_so_many_labs_at_once(learner: User, provider: ScriptedFake) -> None:
    installation.install(installation.current().model_copy(update={"labs_per_person": 1}))
    labs.start(learner, LAB)
    with pytest.raises(Conflict, match="“Small lab”"):
        labs.start(learner, "other-lab")
    assert len(labs.live(learner)) == 1, "a refused start leaves nothing"


def test_an_order_given_during_a_step_is_carried_out(
    learner: User, provider: ScriptedFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = labs.start(learner, LAB)
    original = provider.ensure

    def ensure_while_the_learner_stops(spec: LabSpec) -> Observation:
        labs.stop(learner, lab.id)
        return original(spec)

    with monkeypatch.context() as interference:
        interference.setattr(provider, "ensure", ensure_while_the_learner_stops)
        lab_reconciler.reconcile(lab.id, owner="a", provider=provider)
    settle(provider)
    assert lab_views.view(learner, LAB).shown == "stopped"
    assert not provider.running


def test_hints_are_revealed_one_by_one(learner: User) -> None:
    lab = labs.start(learner, LAB)
    assert lab_steps.reveal_hint(learner, lab.id, "answer") == ("A number.",)
    assert lab_steps.reveal_hint(learner, lab.id, "answer") == ("A number.", "Forty-two.")
    step = lab_views.view(learner, LAB).steps[0]
    assert (step.hints, step.hints_left) == (("A number.", "Forty-two."), 0)


def test_other_peoples_labs_do_not_exist(learner: User, provider: ScriptedFake) -> None:
    lab = labs.start(learner, LAB)
    stranger = create_user()
    for deed in (labs.stop, labs.reset, labs.extend, labs.delete):
        with pytest.raises(NotFound):
            deed(stranger, lab.id)
    assert labs.owned(learner, lab.id).desired == Desired.RUNNING


def time_left(learner: User) -> TimeLeft:
    time = lab_views.view(learner, LAB).time
    assert time is not None
    return time


def _expire(lab: Lab, *, minutes: float) -> None:
    when = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    db.session.execute(db.update(Lab).where(Lab.id == lab.id).values(expires_at=when))
    db.session.commit()
