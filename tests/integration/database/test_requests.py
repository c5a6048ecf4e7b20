"""What a database can not take or answer right now is said in words, whichever database it is."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from lms.config import Settings
from lms.models import Role, base, db
from tests.access.routes import all_routes
from tests.factories import world as worlds
from tests.factories.people import create_user
from tests.factories.served import web_of
from tests.integration.web.browser import Browser

TOO_LARGE = 2**31
FAR_TOO_LARGE = 10**40


@pytest.fixture
def web(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Waits for others for a quarter of a second only."""
    monkeypatch.setattr(base, "LOCK_MILLISECONDS", 250)
    with web_of(settings) as application:
        yield application


@pytest.fixture
def root(web: Flask) -> Browser:
    with web.app_context():
        user_id = create_user(name="Root", role=Role.ADMINISTRATOR).id
    return Browser(web, user_id)


@pytest.mark.parametrize("number", [TOO_LARGE, FAR_TOO_LARGE])
def test_numbers_that_no_row_has_name_nothing(web: Flask, root: Browser, number: int) -> None:
    with web.app_context():
        samples = worlds.samples(worlds.build())
    wild = {name: number if isinstance(value, int) else value for name, value in samples.items()}
    asked = [route for route in all_routes(web, wild) if str(number) in route.path]
    assert len(asked) > 10
    for route in asked:
        answer = root.get(route.path) if route.method == "GET" else root.post(route.path)
        assert answer.status_code in (404, 405), f"{route}: {answer.status_code}"


@pytest.mark.parametrize("path", ["/admin", "/admin/audit", "/cohorts", "/labs/of/me/ending"])
def test_pages_of_a_list_far_behind_its_end(root: Browser, path: str) -> None:
    for number in (0, -1, TOO_LARGE, FAR_TOO_LARGE):
        assert root.get(f"{path}?page={number}&but={number}").status_code == 200, number


def test_a_character_that_no_text_can_hold_is_refused(root: Browser) -> None:
    assert root.get("/admin?q=a%00b").status_code == 400
    assert root.get("/pathways/a%00b").status_code == 400
    assert root.get("/sign-in?next=/%00/evil.example").status_code == 400
    account = {"name": "A\0da", "email": "ada@academy.test", "password": "a long password"}
    assert root.post("/register", account).status_code == 400


def test_who_waited_too_long_for_others_is_told_to_try_again(web: Flask, root: Browser, settings: Settings) -> None:
    other = create_engine(settings.database_url)
    with web.app_context():
        learner_id = create_user().id
        db.session.rollback()
    with other.connect() as holder:
        holder.execute(text("UPDATE user_account SET name = 'Held'"))
        answer = root.post(f"/admin/users/{learner_id}/active", {"active": "no"})
        assert answer.status_code == 503
        assert "Try again in a moment" in answer.text
        holder.rollback()
    other.dispose()
    assert root.post(f"/admin/users/{learner_id}/active", {"active": "no"}).status_code == 302
