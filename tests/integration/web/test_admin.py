"""Administration: accounts, links that are shown once, the trail, and what waits for staff."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from lms.models import AuditEntry, Examination, ExaminationStatus, LabCustody, OneTimeLink, Report, User, db, db_now
from lms.services import lab_custody
from tests.factories import people, world
from tests.integration.web.browser import Browser


def _actions(web: Flask) -> list[str]:
    with web.app_context():
        return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_accounts_are_found_by_name_and_address_and_paged(web: Flask, root: Browser) -> None:
    with web.app_context():
        for number in range(60):
            people.create_user(name=f"Person {number:02}", email=f"p{number:02}@academy.test")
    assert "61 accounts" in root.page("/admin") and "Page 1 of 2" in root.page("/admin")
    assert "Person 59" in root.page("/admin?page=2") and "Person 59" not in root.page("/admin")
    assert "1 account<" in root.page("/admin?q=PERSON+07") and "1 account<" in root.page("/admin?q=p07@")
    assert "Nobody fits" in root.page("/admin?q=%25")


def test_a_sign_in_link_is_shown_once_and_its_owner_reads_that_it_was_made(
    web: Flask, root: Browser, learner: Browser
) -> None:
    answer = root.post(f"/admin/users/{learner.user_id}/link")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    path = "/sign-in/" + answer.text.split("/sign-in/")[1].split('"')[0]
    assert path.split("/")[-1] not in root.page("/admin") + root.page("/admin/audit")
    visitor = Browser(web)
    assert visitor.post(path).status_code == 302 and visitor.signed_in
    history = visitor.page("/account/history")
    assert "sign-in link made" in history and "Root" in history
    assert f"account {learner.user_id}" not in history and "&#39;s account" in history, "a number says nothing"


def test_no_link_for_an_account_that_is_switched_off(web: Flask, root: Browser, learner: Browser) -> None:
    root.post(f"/admin/users/{learner.user_id}/active", {"active": "no"})
    assert root.post(f"/admin/users/{learner.user_id}/link").status_code == 409
    with web.app_context():
        assert db.session.scalar(select(func.count()).select_from(OneTimeLink)) == 0
    root.post(f"/admin/users/{learner.user_id}/active", {"active": "yes"})
    assert root.post(f"/admin/users/{learner.user_id}/link").status_code == 200
    assert _actions(web) == ["account switched off", "account switched on", "sign-in link made"]


def test_making_and_unmaking_an_administrator_leaves_before_and_after(
    web: Flask, root: Browser, learner: Browser
) -> None:
    path = f"/admin/users/{learner.user_id}/administrator"
    root.post(path, {"administrator": "yes"})
    root.post(path, {"administrator": "yes"})
    assert learner.get("/admin").status_code == 200
    root.post(path, {"administrator": "no"})
    assert learner.get("/admin").status_code == 403
    with web.app_context():
        entries = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(one.before, one.after) for one in entries] == [
        ({"role": "learner"}, {"role": "administrator"}),
        ({"role": "administrator"}, {"role": "learner"}),
    ]


@pytest.mark.parametrize("what, field", [("active", "active"), ("administrator", "administrator")])
def test_nobody_locks_themselves_out(web: Flask, root: Browser, what: str, field: str) -> None:
    assert root.post(f"/admin/users/{root.user_id}/{what}", {field: "no"}).status_code == 409
    assert root.post(f"/admin/users/{root.user_id}/{what}", {field: "perhaps"}).status_code == 400
    assert root.get("/admin").status_code == 200 and _actions(web) == []


def test_an_account_that_does_not_exist(root: Browser) -> None:
    assert root.post("/admin/users/999/link").status_code == 404


def test_after_a_restore_the_page_says_that_nothing_is_reaped_and_what_to_type(web: Flask, root: Browser) -> None:
    with web.app_context():
        lab_custody.begin("a worker")
    assert "left alone" not in root.page("/admin/system"), "the reaper is armed"
    lost = {"name": "lab-<9>", "generation": 1, "running": True, "why": "no row", "since": "2026-06-01T12:00:00+00:00"}
    row = update(LabCustody).values(suspicions=[lost], looked_at=db_now())
    with web.app_context():
        db.session.execute(row.values(disarmed="the database was <restored>"))
        db.session.commit()
    page = root.page("/admin/system")
    assert "Nothing is ended, because the database was &lt;restored&gt;." in page
    assert "lab-&lt;9&gt;" in page and "no row" in page
    home = web.config["ACADEMY"].home
    assert re.search(rf"<code>ACADEMY_HOME={home} [^<]*lms labs arm</code>", page), page
    with web.app_context():
        lab_custody.ask_for_arming()
    page = root.page("/admin/system")
    assert "Arming was asked for" in page and "labs arm" not in page


def test_what_needs_staff_is_examined_again(web: Flask, root: Browser, learner: Browser) -> None:
    assert "Nothing waits for you" in root.page("/admin/system")
    with web.app_context():
        report = world.create_report(db.session.get_one(User, learner.user_id))
        submission_id = report.submission_id
        db.session.delete(db.session.get_one(Report, report.id))
        examination = db.session.scalars(select(Examination)).one()
        examination.status, examination.problem = ExaminationStatus.NEEDS_STAFF, "The disk was full."
        db.session.commit()
    assert f"/submissions/{submission_id}" in root.page("/admin/system")
    path = f"/admin/submissions/{submission_id}/regrade"
    assert root.post(path, {"reason": "no"}).status_code == 400
    assert root.post(path, {"reason": "The disk has room again."}).status_code == 302
    assert "Nothing waits for you" in root.page("/admin/system")
    assert "examine anew" in learner.page("/account/history")


def test_the_trail_is_searched_and_nobody_can_change_it(web: Flask, root: Browser, learner: Browser) -> None:
    assert "No entry" in root.page("/admin/audit")
    root.post(f"/admin/users/{learner.user_id}/link")
    assert "sign-in link made" in root.page("/admin/audit?q=ada+learner")
    assert "No entry" in root.page("/admin/audit?q=nobody")
    with web.app_context(), pytest.raises(Exception, match="append-only"):
        db.session.scalars(select(AuditEntry)).one().reason = "never happened"
        db.session.commit()
