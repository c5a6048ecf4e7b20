"""A lab that stops soon says so on every page of its owner, on nobody else's, and costs one query."""

import datetime as dt
import re

import pytest
from flask import Flask
from sqlalchemy import event

from labs.ports import Door, Observation
from lms.models import Desired, Lab, User, db
from lms.services import content, lab_endings
from lms.services.lab_time import WARN_BEFORE
from tests.factories import world
from tests.integration.web.browser import Browser, NewPerson

STRIP = 'class="alert alert-warning lab-ending"'


def _lab(web: Flask, owner: Browser, *, minutes: float, state: str = "ready", extensions: int = 0) -> int:
    """A lab of this person that has so many minutes left."""
    with web.app_context():
        lab = world.create_lab(db.session.get_one(User, owner.user_id))
        now = dt.datetime.now(dt.UTC)
        lab.desired, lab.state, lab.admitted_at = Desired.RUNNING, state, now
        lab.expires_at, lab.extensions = now + dt.timedelta(minutes=minutes), extensions
        door = Door(url="http://lab-1.academy.localhost:4000", path="/lab")
        lab.observed = {"seen": Observation(state="ready", door=door).model_dump(mode="json")}
        db.session.commit()
        return lab.id


def _title() -> str:
    return next(iter(content.current().labs)).title


@pytest.mark.parametrize("path", ["/", "/pathways", "/labs", "/projects", "/account", "/account/history"])
def test_every_page_of_the_owner_warns(web: Flask, learner: Browser, new_person: NewPerson, path: str) -> None:
    lab_id = _lab(web, learner, minutes=9)
    page = learner.page(path)
    assert "stops soon" in page and _title() in page and f"/labs/of/{lab_id}/extend" in page
    assert "stops soon" not in new_person().page(path)


@pytest.mark.parametrize(
    "minutes, said",
    [(61.5, '" class="">1 h 01 min<'), (8.5, r'" class="text-warning">8:(2\d|30)<'), (1.5, '" class="text-danger">1:')],
)
def test_the_time_left_stands_in_the_page_itself(web: Flask, learner: Browser, minutes: float, said: str) -> None:
    _lab(web, learner, minutes=minutes)
    slug = next(iter(content.current().labs)).slug
    for path in ("/", "/labs", f"/labs/{slug}"):
        page = learner.page(path)
        told = re.findall("data-countdown=.*", page)
        assert told and all(re.search(said, one) for one in told), f"{path} before its script's first second: {told}"


def test_the_threshold_is_that_of_the_lab_page(web: Flask, learner: Browser) -> None:
    _lab(web, learner, minutes=WARN_BEFORE.total_seconds() / 60 + 1)
    page = learner.page("/")
    assert "stops soon" not in page
    seconds = re.search(r'data-look-again-in="(\d+)"', page)
    assert seconds and 50 < int(seconds[1]) <= 61, "an open page asks again when the warning is due"


@pytest.mark.parametrize("state", ["starting", "stopped", "failed"])
def test_what_does_not_run_does_not_warn(web: Flask, learner: Browser, state: str) -> None:
    _lab(web, learner, minutes=2, state=state)
    assert STRIP not in learner.page("/pathways")


def test_the_lab_page_warns_of_other_labs_only(web: Flask, learner: Browser) -> None:
    _lab(web, learner, minutes=2)
    own, other = [one.slug for one in content.current().labs][:2]
    page = learner.page(f"/labs/{own}")
    assert "The lab stops soon" in page and STRIP not in page
    assert STRIP in learner.page(f"/labs/{other}")


def test_more_time_is_taken_without_leaving_the_page(web: Flask, learner: Browser) -> None:
    lab_id = _lab(web, learner, minutes=2)
    assert "stops soon" in learner.page("/labs/of/me/ending")
    assert "stops soon" not in learner.page(f"/labs/of/me/ending?but={lab_id}")
    answer = learner.post(f"/labs/of/{lab_id}/extend", headers={"HX-Request": "true"})
    assert answer.status_code == 200 and answer.headers["HX-Trigger"] == "lab-extended"
    assert "stops soon" not in answer.text and "<html" not in answer.text
    assert learner.post(f"/labs/of/{lab_id}/extend").status_code == 302, "without JavaScript: to the lab"


def test_a_lab_that_had_all_its_time_offers_no_more(web: Flask, learner: Browser) -> None:
    _lab(web, learner, minutes=2, extensions=99)
    page = learner.page("/pathways")
    assert "stops soon" in page and "/extend" not in page


def test_a_page_costs_one_indexed_query_and_an_anonymous_one_none(web: Flask, learner: Browser) -> None:
    _lab(web, learner, minutes=2)
    seen: list[str] = []
    with web.app_context():
        engine = db.engine
        assert "user_id" in [index["column_names"][0] for index in db.inspect(engine).get_indexes("lab")]
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: seen.append(statement))
    learner.page("/pathways")
    assert len([one for one in seen if "FROM lab" in one]) == 1
    seen.clear()
    assert "lab-endings" not in Browser(web).page("/sign-in")
    assert not [one for one in seen if "FROM lab" in one]


def test_a_lab_whose_file_was_taken_away_breaks_no_page(web: Flask, learner: Browser) -> None:
    lab_id = _lab(web, learner, minutes=2)
    with web.app_context():
        db.session.get_one(Lab, lab_id).lab_uuid = content.current().projects["multi-model-ab-testing"].uuid
        db.session.commit()
        assert lab_endings.of(db.session.get_one(User, learner.user_id)).labs == ()
    assert "stops soon" not in learner.page("/pathways")
