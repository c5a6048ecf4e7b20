"""A sign-in: the cookie that carries it, and what ends it."""

from flask import Flask
from sqlalchemy import select

from lms.models import Role, UserSession, db
from tests.integration.web.browser import PASSWORD, Browser, NewPerson


def test_two_cookies_of_our_name_are_refused(learner: Browser) -> None:
    cookie = learner.client.get_cookie("academy")
    assert cookie is not None
    twice = f"academy={cookie.value}; academy=tossed-by-a-lab"
    bare = learner.app.test_client(use_cookies=False)
    assert bare.get("/", headers={"Cookie": twice}).status_code == 400
    assert bare.get("/", headers={"Cookie": f"academy={cookie.value}"}).status_code == 200


def test_a_new_password_ends_every_other_sign_in(web: Flask) -> None:
    here, there = Browser(web), Browser(web)
    here.register("ada@example.org")
    there.sign_in("ada@example.org")
    assert there.signed_in
    assert here.post("/account", {"current": "wrong", "password": "another long password"}).status_code == 400
    assert there.signed_in
    assert here.post("/account", {"current": PASSWORD, "password": "another long password"}).status_code == 302
    assert here.signed_in and not there.signed_in
    assert Browser(web).sign_in("ada@example.org").status_code == 400


def test_signing_out_ends_the_sign_in_at_the_server(web: Flask, learner: Browser) -> None:
    stolen = learner.client.get_cookie("academy")
    assert stolen is not None
    assert learner.post("/sign-out").status_code == 302
    thief = web.test_client(use_cookies=False)
    assert thief.get("/account", headers={"Cookie": f"academy={stolen.value}"}).status_code == 302


def test_switching_an_account_off_ends_its_sign_ins_at_once(
    web: Flask, learner: Browser, new_person: NewPerson
) -> None:
    administrator = new_person("Root", Role.ADMINISTRATOR)
    assert administrator.post(f"/admin/users/{learner.user_id}/active", {"active": "no"}).status_code == 302
    assert not learner.signed_in
    with web.app_context():
        assert not list(db.session.scalars(select(UserSession).where(UserSession.user_id == learner.user_id)))
