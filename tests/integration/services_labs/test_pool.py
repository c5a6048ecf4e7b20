"""Labs that are kept ready: who gets one, what it opens with, and what becomes of those that nobody takes."""

import datetime as dt
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from lms.models import Desired, Lab, User, db
from lms.services import installation, lab_pool, lab_reconciler, lab_views, labs
from tests.factories.at_once import acting, at_once
from tests.factories.offers import LAB, OTHER_LAB_UUID
from tests.factories.people import create_user
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle


def set_up(pool: str, *, places: int = 20) -> None:
    changes = {"lab_pool": pool, "labs_at_once": places}
    installation.install(type(installation.current())(**(installation.current().model_dump() | changes)))


def fill(provider: ScriptedFake, pool: str, *, places: int = 20) -> list[Lab]:
    """A pool whose labs are all ready."""
    set_up(pool, places=places)
    lab_pool.keep()
    settle(provider)
    return pool_labs()


def pool_labs() -> list[Lab]:
    rows = db.select(Lab).where(Lab.user_id.is_(None), Lab.desired == Desired.RUNNING).order_by(Lab.id)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def start_at_once(app: Flask, people: list[User]) -> None:
    assert at_once(app, [acting(one, lambda person: labs.start(person, LAB)) for one in people]) == [None] * len(people)


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


def test_what_was_taken_comes_again(app: Flask, provider: ScriptedFake) -> None:
    kept = fill(provider, f"{LAB}=2, other-lab=1")
    assert Counter(lab.lab_uuid == OTHER_LAB_UUID for lab in kept) == {False: 2, True: 1}
    labs.start(create_user(), LAB)
    lab_pool.keep()
    lab_pool.keep()
    settle(provider)
    assert [lab.state for lab in pool_labs()] == ["ready"] * 3


def test_a_smaller_pool_ends_what_is_too_much(app: Flask, provider: ScriptedFake) -> None:
    kept = fill(provider, f"{LAB}=3")
    assert [lab.id for lab in fill(provider, f"{LAB}=1")] == [kept[0].id]
    assert fill(provider, "") == []
    assert provider.kept == {}, "labs of the pool leave nothing behind"


def test_a_lab_that_nobody_took_in_time_is_replaced(app: Flask, provider: ScriptedFake) -> None:
    (kept,) = fill(provider, f"{LAB}=1")
    db.session.execute(db.update(Lab).values(expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)))
    db.session.commit()
    assert lab_pool.claim(create_user(), labs.lab_file(LAB), live_key="late") is None
    settle(provider)
    (new,) = fill(provider, f"{LAB}=1")
    assert new.id != kept.id
    assert set(provider.kept) == {new.name}


def test_after_an_update_of_its_files_a_lab_is_replaced(app: Flask, provider: ScriptedFake) -> None:
    (kept,) = fill(provider, f"{LAB}=1")
    (labs.lab_file(LAB).starter / "README.md").write_text("Another beginning.")
    lab_pool._edition.cache_clear()  # as in a process that was started after the update
    lab_pool.keep()
    settle(provider)
    (new,) = pool_labs()
    assert new.id != kept.id
    assert set(provider.kept) == {new.name}


def test_the_pool_takes_no_place_from_anybody(app: Flask, provider: ScriptedFake) -> None:
    fill(provider, f"{LAB}=3", places=3)
    learner = create_user()
    labs.start(learner, "other-lab")
    assert lab_views.view(learner, "other-lab").shown == "waiting"
    settle(provider)
    assert lab_views.view(learner, "other-lab").shown == "ready"
    lab_pool.keep()
    settle(provider)
    assert len(pool_labs()) == 2


def test_while_somebody_waits_nothing_is_made(app: Flask, provider: ScriptedFake) -> None:
    set_up(f"{LAB}=2", places=1)
    first = create_user()
    labs.start(first, LAB)
    labs.start(create_user(), LAB)
    lab_pool.keep()
    assert pool_labs() == []


def test_sweeps_at_once_make_no_more_than_is_wanted(app: Flask, provider: ScriptedFake) -> None:
    set_up(f"{LAB}=4")
    assert at_once(app, [lab_pool.keep] * 6) == [None] * 6
    assert len(pool_labs()) == 4


def test_one_that_cannot_be_started_is_given_to_nobody_and_not_made_anew_at_once(
    app: Flask, provider: ScriptedFake
) -> None:
    provider.breaks = OSError("disk full")
    fill(provider, f"{LAB}=1")
    learner = create_user()
    lab_pool.keep()
    assert len(pool_labs()) == 1, "the failed one stands for the one to come"
    provider.breaks = None
    labs.start(learner, LAB)
    settle(provider)
    assert lab_views.view(learner, LAB).shown == "ready"
    db.session.execute(db.update(Lab).values(created_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)))
    db.session.commit()
    lab_pool.keep()
    settle(provider)
    assert [lab.state for lab in pool_labs()] == ["ready"]


def test_a_claim_during_a_look_of_the_worker_wins(app: Flask, provider: ScriptedFake) -> None:
    """The worker looks after a lab of the pool while somebody takes it: neither undoes the other's word."""
    (kept,) = fill(provider, f"{LAB}=1")
    learner = create_user()
    original = provider.ensure

    def ensure_while_somebody_claims(spec: object) -> object:
        labs.start(learner, LAB)
        return original(spec)  # type: ignore[arg-type]  # handed through

    provider.ensure = ensure_while_somebody_claims  # type: ignore[method-assign,assignment]  # the interference
    lab_reconciler.reconcile(kept.id, owner="a", provider=provider)
    assert lab_views.view(learner, LAB).shown == "ready"
    assert labs.owned(learner, kept.id).claim is not None


def test_make_down_leaves_no_lab_of_the_pool(app: Flask, provider: ScriptedFake) -> None:
    fill(provider, f"{LAB}=2")
    labs.stop_every()
    set_up("")
    settle(provider)
    assert provider.kept == {}
