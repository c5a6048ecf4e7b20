"""Labs that are kept ready: who gets one, and what it opens with."""

import datetime as dt
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from labs.ports import Observation
from labs.spec import LabSpec
from lms.models import User, db
from lms.services import lab_pool, lab_reconciler, lab_views, labs
from tests.factories.offers import LAB
from tests.factories.people import create_user
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle
from tests.integration.services_labs.pool import fill, pool_labs, start_at_once


def key_of(person: User) -> str:
    door = lab_views.view(person, LAB).door
    assert door is not None
    return parse_qs(urlsplit(door).query)["token"][0]


def test_a_claimed_lab_is_ready_at_once_and_nothing_of_it_changed(app: Flask, provider: ScriptedFake) -> None:
    (kept,) = fill(provider, f"{LAB}=1")
    learner = create_user()
    calls = list(provider.calls)
    lab = labs.start(learner, LAB)
    view = lab_views.view(learner, LAB)
    assert (lab.id, lab.name, view.shown, view.seconds) == (kept.id, kept.name, "ready", 0)
    assert lab.credential not in (view.door or "")
    assert lab.expires_at and (lab.expires_at - dt.datetime.now(dt.UTC)) <= dt.timedelta(minutes=60)
    settle(provider)
    assert provider.calls == calls, "a claim asks the provider for nothing"
    assert (lab.starts, labs.start(learner, LAB).id) == (1, lab.id)


def test_a_lab_that_nobody_claimed_opens_for_nobody(app: Flask, provider: ScriptedFake) -> None:
    (kept,) = fill(provider, f"{LAB}=1")
    assert (kept.user_id, kept.claim, kept.live_key) == (None, None, None)
    for person in (create_user(), create_user()):
        assert lab_views.view(person, LAB).door is None
        assert [lab.id for lab in labs.live(person)] == []


def test_ten_claims_at_once_on_a_pool_of_ten(app: Flask, provider: ScriptedFake) -> None:
    kept = fill(provider, f"{LAB}=10")
    assert len(kept) == 10
    people = [create_user() for _ in range(10)]
    start_at_once(app, people)
    views = [lab_views.view(person, LAB) for person in people]
    assert [view.shown for view in views] == ["ready"] * 10
    assert {view.lab_id for view in views} == {lab.id for lab in kept}
    assert len({key_of(person) for person in people}) == 10
    assert pool_labs() == []


def test_ten_claims_at_once_on_a_pool_of_three(app: Flask, provider: ScriptedFake) -> None:
    """Three places are all there is."""
    fill(provider, f"{LAB}=3", places=3)
    people = [create_user() for _ in range(10)]
    start_at_once(app, people)
    lab_pool.keep()
    settle(provider)
    views = [lab_views.view(person, LAB) for person in people]
    assert Counter(view.shown for view in views) == {"ready": 3, "waiting": 7}
    assert sorted(view.queue.position for view in views if view.queue) == [1, 2, 3, 4, 5, 6, 7]
    assert all(view.queue.expected_seconds is not None for view in views if view.queue)


def test_one_person_who_clicks_ten_times_has_one_lab(app: Flask, provider: ScriptedFake) -> None:
    fill(provider, f"{LAB}=3")
    learner = create_user()
    start_at_once(app, [learner] * 10)
    assert len(labs.live(learner)) == 1
    assert len(pool_labs()) == 2


def test_a_claim_of_who_has_a_lab_already_is_refused_by_the_database(app: Flask, provider: ScriptedFake) -> None:
    fill(provider, f"{LAB}=2")
    learner = create_user()
    lab = labs.start(learner, LAB)
    with pytest.raises(IntegrityError):
        lab_pool.claim(learner, labs.lab_file(LAB), live_key=lab.live_key or "")
    db.session.rollback()
    assert len(pool_labs()) == 1


def test_kept_work_and_a_reset_start_cold(app: Flask, provider: ScriptedFake) -> None:
    fill(provider, f"{LAB}=2")
    learner = create_user()
    lab = labs.start(learner, LAB)
    labs.stop(learner, lab.id)
    settle(provider)
    assert labs.start(learner, LAB).id == lab.id
    assert lab_views.view(learner, LAB).shown == "starting"
    settle(provider)
    before = key_of(learner)
    labs.reset(learner, lab.id)
    settle(provider)
    assert key_of(learner) != before, "what opened the lab before does not open the fresh one"
    assert len(pool_labs()) == 1


def test_a_claim_during_a_look_of_the_worker_wins(
    app: Flask, provider: ScriptedFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker looks after a lab of the pool while somebody takes it: neither undoes the other's word."""
    (kept,) = fill(provider, f"{LAB}=1")
    learner = create_user()
    original = provider.ensure

    def ensure_while_somebody_claims(spec: LabSpec) -> Observation:
        labs.start(learner, LAB)
        return original(spec)

    monkeypatch.setattr(provider, "ensure", ensure_while_somebody_claims)
    lab_reconciler.reconcile(kept.id, owner="a", provider=provider)
    assert lab_views.view(learner, LAB).shown == "ready"
    assert labs.owned(learner, kept.id).claim is not None
