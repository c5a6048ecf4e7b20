"""Rate limits as in production: they bite, they say so, and they are counted for each person."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from lms.config import RateLimits, Settings
from lms.models import Submission
from lms.web.limits import limiter
from tests.factories import people
from tests.factories.served import web_of
from tests.integration.web.browser import Browser


@pytest.fixture
def limited(settings: Settings) -> Iterator[Flask]:
    few = RateLimits(
        sign_in="3 per minute",
        registration="3 per minute",
        submission="2 per minute",
        submission_tries="3 per minute",
        lab_start="3 per minute",
    )
    with web_of(settings.model_copy(update={"limits_enabled": True, "limits": few})) as application:
        _count_from_nothing(application)
        yield application
        _count_from_nothing(application)


def _count_from_nothing(app: Flask) -> None:
    with app.app_context():
        limiter.reset()


def _person(app: Flask) -> Browser:
    with app.app_context():
        user_id = people.create_user().id
    return Browser(app, user_id)


def test_guessing_passwords_is_stopped(limited: Flask) -> None:
    browser = Browser(limited)
    answers = [browser.sign_in("ada@example.org", "guess number one").status_code for _ in range(4)]
    assert answers == [400, 400, 400, 429]
    assert browser.get("/sign-in").status_code == 200, "reading the page costs nothing"


def test_registering_in_bulk_is_stopped_and_the_answer_is_a_page(limited: Flask) -> None:
    browser = Browser(limited)
    for _ in range(3):
        assert browser.register("nonsense").status_code == 400
    refused = browser.register("nonsense")
    assert refused.status_code == 429
    assert "Wait a little" in refused.text and int(refused.headers["Retry-After"]) > 0
    assert re.search(r"You can try again in \d+ seconds?\.", refused.text)


def test_what_is_refused_is_counted_apart_and_the_page_leads_back(limited: Flask) -> None:
    """Three tries are refused at intake, although only two submissions a minute are accepted; the fourth waits."""
    browser, path = _person(limited), "/projects/multi-model-ab-testing/submissions"
    form: dict[str, object] = {"form_key": "a form key", "git_url": "not a url"}
    came_from = {"Referer": f"http://localhost{path}"}
    answers = [browser.post(path, form, headers=came_from) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert 'href="/projects/multi-model-ab-testing">' in answers[-1].text, "the page, not where its form is sent to"


def test_what_is_accepted_has_the_tighter_limit(limited: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.web.projects.views._submit", lambda slug, form: Submission(id=1))
    browser, path = _person(limited), "/projects/multi-model-ab-testing/submissions"
    answers = [browser.post(path, {"form_key": "a form key"}).status_code for _ in range(3)]
    assert answers == [303, 303, 429]


@pytest.mark.parametrize("path", ["/projects/multi-model-ab-testing/submissions", "/labs/no-such-lab/start"])
def test_submissions_and_lab_starts_are_counted_for_each_person(limited: Flask, path: str) -> None:
    busy, other = _person(limited), _person(limited)
    assert [busy.post(path).status_code for _ in range(4)][-1] == 429
    assert other.post(path).status_code != 429
