"""Rate limits as in production: they bite, they say so, and they are counted for each person."""

from collections.abc import Iterator

import pytest
from flask import Flask

from lms.app import create_app
from lms.config import RateLimits, Settings
from lms.models import db
from lms.services import hints
from lms.web.limits import limiter
from tests.factories import people
from tests.integration.web.browser import Browser


@pytest.fixture
def limited(settings: Settings) -> Iterator[Flask]:
    few = RateLimits(
        sign_in="3 per minute", registration="3 per minute", submission="3 per minute", lab_start="3 per minute"
    )
    application = create_app(settings.model_copy(update={"limits_enabled": True, "limits": few}))
    hints.install(None)
    with application.app_context():
        limiter.reset()
    yield application
    with application.app_context():
        limiter.reset()
        db.session.remove()
        db.engine.dispose()


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


@pytest.mark.parametrize("path", ["/projects/multi-model-ab-testing/submissions", "/labs/no-such-lab/start"])
def test_submissions_and_lab_starts_are_counted_for_each_person(limited: Flask, path: str) -> None:
    busy, other = _person(limited), _person(limited)
    assert [busy.post(path).status_code for _ in range(4)][-1] == 429
    assert other.post(path).status_code != 429
