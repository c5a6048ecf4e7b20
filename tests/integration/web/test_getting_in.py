"""Registration, sign-in, and links that work once."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.app import create_app
from lms.config import Settings
from lms.models import LinkPurpose, Role, User, db
from lms.services import accounts, one_time_links
from lms.services.errors import NotAllowed
from tests.integration.web.browser import PASSWORD, Browser, visible


def _token(web: Flask, purpose: LinkPurpose, email: str | None = None) -> str:
    with web.app_context():
        if purpose is LinkPurpose.FIRST_ADMINISTRATOR:
            token = accounts.first_administrator_token()
            assert token
            return token
        return one_time_links.new(purpose, user=db.session.scalars(select(User).where(User.email == email)).one())


def test_registering_signs_in_and_the_address_is_folded(web: Flask, visitor: Browser) -> None:
    assert visitor.register("  Grace@Example.ORG ").status_code == 302
    assert visitor.signed_in
    again = Browser(web)
    assert again.sign_in("GRACE@example.org").status_code == 302
    assert again.signed_in


@pytest.mark.parametrize(
    "email, password, name",
    [("no address", PASSWORD, "G"), ("g@example.org", "short", "G"), ("g@example.org", PASSWORD, " ")],
)
def test_bad_registration_says_why_and_keeps_what_was_typed(
    visitor: Browser, email: str, password: str, name: str
) -> None:
    answer = visitor.register(email, password, name)
    assert answer.status_code == 400
    assert "invalid-feedback" in answer.text and email in answer.text and password not in answer.text
    assert not visitor.signed_in


def test_closed_registration_says_whom_to_ask_and_refuses(settings: Settings) -> None:
    web = create_app(settings.model_copy(update={"registration": "closed"}))
    visitor = Browser(web)
    assert "Ask an administrator" in visitor.get("/register").text and visitor.get("/register").status_code == 403
    assert visitor.register("grace@example.org").status_code == 403 and not visitor.signed_in
    for path in ("/", "/sign-in"):
        page = visitor.page(path)
        assert "/register" not in page and "administrator of the academy" in page
    with web.app_context(), pytest.raises(NotAllowed, match="invite"):
        accounts.register(email="grace@example.org", name="Grace", password=PASSWORD)


def test_wrong_password_unknown_address_and_switched_off_account_read_the_same(web: Flask) -> None:
    Browser(web).register("known@example.org")
    Browser(web).register("off@example.org")
    with web.app_context():
        db.session.scalars(select(User).where(User.email == "off@example.org")).one().active = False
        db.session.commit()
    answers = [
        Browser(web).sign_in("known@example.org", "not the password"),
        Browser(web).sign_in("nobody@example.org", "not the password"),
        Browser(web).sign_in("off@example.org"),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert len({visible(answer.text) for answer in answers}) == 1


def test_set_up_link_makes_one_administrator_and_bad_input_does_not_cost_it(web: Flask) -> None:
    path = f"/set-up/{_token(web, LinkPurpose.FIRST_ADMINISTRATOR)}"
    good = {"name": "Root", "email": "root@example.org", "password": PASSWORD}
    first = Browser(web)
    assert first.post(path, good | {"password": "short"}).status_code == 400
    assert first.post(path, good | {"email": "nonsense"}).status_code == 400
    assert first.post(path, good).status_code == 302
    assert first.get("/admin").status_code == 200
    second = Browser(web)
    assert second.post(path, good | {"email": "other@example.org"}).status_code == 410
    with web.app_context():
        assert db.session.scalar(select(func.count()).where(User.role == Role.ADMINISTRATOR)) == 1
        assert accounts.first_administrator_token() is None


def test_a_spent_set_up_link_names_the_command_that_prints_a_new_one(visitor: Browser, settings: Settings) -> None:
    answer = visitor.get("/set-up/spent")
    assert answer.status_code == 410 and "bin/lms admin link --first</code>" in answer.text
    assert str(settings.home) not in answer.text


def test_who_forgot_the_password_is_told_whom_to_ask(visitor: Browser) -> None:
    assert "Forgot your password? An administrator" in visitor.page("/sign-in")


def test_a_new_set_up_link_ends_the_older_one(web: Flask, visitor: Browser) -> None:
    old = _token(web, LinkPurpose.FIRST_ADMINISTRATOR)
    new = _token(web, LinkPurpose.FIRST_ADMINISTRATOR)
    assert visitor.get(f"/set-up/{old}").status_code == 410
    assert visitor.get(f"/set-up/{new}").status_code == 200


def test_sign_in_link_works_once_and_looking_at_it_costs_nothing(web: Flask) -> None:
    Browser(web).register("ada@example.org")
    path = f"/sign-in/{_token(web, LinkPurpose.SIGN_IN, 'ada@example.org')}"
    preview, first, second = Browser(web), Browser(web), Browser(web)
    assert preview.get(path).status_code == 200
    assert first.post(path).status_code == 302 and first.signed_in
    assert second.get(path).status_code == 410
    second.post(path)
    assert not second.signed_in


def test_a_link_for_one_purpose_does_not_serve_another(web: Flask, visitor: Browser) -> None:
    token = _token(web, LinkPurpose.FIRST_ADMINISTRATOR)
    assert visitor.get(f"/sign-in/{token}").status_code == 410


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "http:evil.example", "/\t/evil.example", "\t//evil.example", "/%0d%0aSet-Cookie:x", "javascript:alert(1)",
        "evil.example", " //evil.example", "https:///evil.example", "/.\\evil.example",
    ],
)  # fmt: skip
def test_next_never_leads_to_another_host(web: Flask, target: str) -> None:
    Browser(web).register("ada@example.org")
    browser = Browser(web)
    token = browser.page("/sign-in").split('name="csrf-token" content="')[1].split('"')[0]
    answer = browser.client.post(
        "/sign-in",
        query_string={"next": target},
        data={"email": "ada@example.org", "password": PASSWORD, "csrf_token": token},
    )
    assert answer.status_code == 302
    location = answer.headers["Location"]
    assert (
        location.startswith("/") and not location.startswith(("//", "/\\")) and "evil" not in location.split("?")[0][:2]
    )
    assert "\n" not in location and "\r" not in location and "Set-Cookie:x" not in str(answer.headers.get("Set-Cookie"))


def test_next_leads_to_a_page_of_ours(web: Flask) -> None:
    Browser(web).register("ada@example.org")
    browser = Browser(web)
    assert browser.get("/projects").headers["Location"].endswith("/sign-in?next=/projects")
    assert browser.sign_in("ada@example.org", path="/sign-in?next=/projects").headers["Location"] == "/projects"


def test_who_came_by_a_link_chooses_a_password_without_the_forgotten_one(web: Flask) -> None:
    Browser(web).register("ada@example.org")
    here = Browser(web)
    token = _token(web, LinkPurpose.SIGN_IN, "ada@example.org")
    assert here.post(f"/sign-in/{token}").status_code == 302
    assert 'name="current"' not in here.get("/account").get_data(as_text=True)
    assert here.post("/account", {"password": "short"}).status_code == 400
    assert here.post("/account", {"password": "another long password"}).status_code == 302
    assert Browser(web).sign_in("ada@example.org", "another long password").status_code == 302
    # The new sign-in did not come by the link: from now on the password is asked for.
    assert here.post("/account", {"password": "a third long password"}).status_code == 400


def test_the_persons_menu_has_a_name_where_a_phone_hides_theirs(learner: Browser) -> None:
    assert 'aria-label="Menu of Ada Learner"' in learner.page("/")
