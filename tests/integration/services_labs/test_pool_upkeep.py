"""The pool of labs is kept as full as is wanted, takes nobody's place, and leaves nothing behind."""

import datetime as dt
from collections import Counter

from flask import Flask

from lms.models import Lab, db
from lms.services import lab_pool, lab_views, labs
from tests.factories.at_once import at_once
from tests.factories.offers import LAB, OTHER_LAB_UUID
from tests.factories.people import create_user
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle
from tests.integration.services_labs.pool import fill, pool_labs, set_up


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


def test_make_down_leaves_no_lab_of_the_pool(app: Flask, provider: ScriptedFake) -> None:
    fill(provider, f"{LAB}=2")
    labs.stop_every()
    set_up("")
    settle(provider)
    assert provider.kept == {}
