"""The instructor's pages: who is where, who needs help, the gradebook, people in and out, the trail."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, get_template_attribute
from sqlalchemy import event, select

from lms.models import ActivityProgress, AuditEntry, CohortMember, Role, User, db
from lms.services import content, overrides
from lms.services.progress import Share
from tests.factories import people, world
from tests.integration.web.browser import Browser, NewPerson


def _cohort(web: Flask, instructor: Browser, learners: list[Browser]) -> int:
    with web.app_context():
        users = [db.session.get_one(User, one.user_id) for one in learners]
        return people.create_cohort(members=users, instructors=[db.session.get_one(User, instructor.user_id)]).id


@contextmanager
def _queries(web: Flask) -> Iterator[list[str]]:
    seen: list[str] = []
    with web.app_context():
        engine = db.engine

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_an_empty_cohort_says_what_to_do(web: Flask, instructor: Browser) -> None:
    cohort_id = _cohort(web, instructor, [])
    assert "Nobody is in this cohort yet" in instructor.page(f"/cohorts/{cohort_id}")
    assert instructor.get(f"/cohorts/{cohort_id}/gradebook.csv").text.count("\r\n") == 1


def test_the_page_shows_where_everybody_is_and_why_somebody_is_at_risk(
    web: Flask, instructor: Browser, new_person: NewPerson
) -> None:
    busy, quiet = new_person("Busy Bee"), new_person("Quiet <b>Quinn</b>")
    cohort_id = _cohort(web, instructor, [busy, quiet])
    with web.app_context():
        first = content.current().curriculum.modules_of(content.current().curriculum.active_pathways[0])[0]
        now = dt.datetime.now(dt.UTC)
        for activity in first.activities:
            db.session.add(ActivityProgress(user_id=busy.user_id, activity_uuid=activity.uuid, completed_at=now))
        world.create_report(db.session.get_one(User, busy.user_id))
        db.session.commit()
    assert instructor.get(f"/cohorts/{cohort_id}/members").location.endswith(f"/cohorts/{cohort_id}#people")
    page = instructor.page(f"/cohorts/{cohort_id}")
    assert "more than 20 points behind" in page, "the rule stands beside those whom it names"
    assert "<caption>" in page and "has not begun" in page and "100 of 100" in page
    assert "Quiet &lt;b&gt;Quinn" in page and "<b>Quinn" not in page
    only = instructor.page(f"/cohorts/{cohort_id}?risk=1&sort=risk&q=quinn").split("<tbody>")[1].split("</tbody>")[0]
    assert "Quiet" in only and "Busy" not in only
    assert "Nobody fits" in instructor.page(f"/cohorts/{cohort_id}?q=zzz&page=7&sort=nonsense")


@pytest.mark.parametrize(("done", "step"), [(0, 0), (1, 2), (2, 3), (3, 4)])
def test_one_of_three_is_a_third_and_not_less(web: Flask, done: int, step: int) -> None:
    with web.test_request_context():
        cell = get_template_attribute("cohorts/parts.html", "heat_cell")(Share(done, 3).percent)
    assert f'class="heat-{step}"' in cell


def test_the_number_of_queries_does_not_grow_with_the_cohort(
    web: Flask, instructor: Browser, new_person: NewPerson
) -> None:
    cohort_id = _cohort(web, instructor, [new_person("First")])
    with _queries(web) as few:
        instructor.page(f"/cohorts/{cohort_id}")
    with web.app_context():
        _fill(cohort_id, 1000)
    with _queries(web) as many:
        page = instructor.page(f"/cohorts/{cohort_id}")
    assert "1001 learners" in page and page.count('class="heat-name"><a') == 60
    assert len(many) == len(few) < 25


def _fill(cohort_id: int, count: int) -> None:
    activities = [one.uuid for module in content.current().curriculum.modules for one in module.activities][:10]
    users = [User(email=f"many{number}@academy.test", name=f"Learner {number}") for number in range(count)]
    db.session.add_all(users)
    db.session.flush()
    db.session.add_all(CohortMember(cohort_id=cohort_id, user_id=user.id) for user in users)
    for user in users:
        db.session.add_all(ActivityProgress(user_id=user.id, activity_uuid=one) for one in activities)
    db.session.commit()


def test_adding_learners_tells_who_has_no_account_and_twice_is_once(
    web: Flask, instructor: Browser, new_person: NewPerson
) -> None:
    cohort_id, ada = _cohort(web, instructor, []), new_person("Ada")
    with web.app_context():
        email = db.session.get_one(User, ada.user_id).email
    form = {"emails": f" {email.upper()},\nnobody@example.org ; {email}"}
    page = instructor.post(f"/cohorts/{cohort_id}/members", form, follow_redirects=True).text
    assert "1 learner added" in page and "nobody@example.org" in page
    assert (
        "in this cohort already"
        in instructor.post(f"/cohorts/{cohort_id}/members", {"emails": email}, follow_redirects=True).text
    )
    assert "card resume" in ada.page("/"), "they are enrolled"
    assert "added to cohort" in ada.page("/account/history")
    assert instructor.post(f"/cohorts/{cohort_id}/learners/{ada.user_id}/remove").status_code == 302
    assert instructor.get(f"/cohorts/{cohort_id}/learners/{ada.user_id}").status_code == 404
    assert "removed from cohort" in ada.page("/account/history")


def test_an_override_stands_in_the_report_the_gradebook_and_the_learners_history(
    web: Flask, instructor: Browser, learner: Browser
) -> None:
    cohort_id = _cohort(web, instructor, [learner])
    with web.app_context():
        report = world.create_report(db.session.get_one(User, learner.user_id), "never-rolls-back")
        db.session.commit()
        overrides.override_criterion(
            db.session.get_one(User, instructor.user_id), report.id, "rollback-errors", passed=True, reason="I saw it."
        )
    for page in (learner.page("/account/history"), instructor.page(f"/cohorts/{cohort_id}/learners/{learner.user_id}")):
        assert "override criterion" in page and "I saw it." in page and "Rafael" in page
    row = _gradebook(instructor, cohort_id)[0]
    assert (row["Best points"], row["Of"], row["Verdict"]) == ("75", "100", "passed")


def test_only_administrators_make_cohorts(web: Flask, instructor: Browser, new_person: NewPerson) -> None:
    root = new_person("Root", Role.ADMINISTRATOR)
    with web.app_context():
        pathway, email = (
            content.current().curriculum.active_pathways[0],
            db.session.get_one(User, instructor.user_id).email,
        )
    form = {"name": "May", "pathway": str(pathway.uuid), "starts_on": "2026-05-01", "ends_on": "2026-05-31"}
    assert instructor.post("/cohorts", form).status_code == 403
    backwards = root.post("/cohorts", form | {"ends_on": "2026-04-01"})
    assert backwards.status_code == 400 and "before the first" in backwards.text and 'value="May"' in backwards.text
    assert root.post("/cohorts", form | {"pathway": "none"}).status_code == 400
    made = root.post("/cohorts", form)
    assert made.status_code == 302
    assert root.post("/cohorts", form).status_code == 400, "a taken name"
    path = made.headers["Location"].split("#")[0]
    assert instructor.get(path).status_code == 404
    assert root.post(f"{path}/instructors", {"email": email}).status_code == 302
    assert instructor.get(path).status_code == 200
    with web.app_context():
        actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"cohort created", "instructor added"} <= actions


def _gradebook(browser: Browser, cohort_id: int) -> list[dict[str, str]]:
    answer = browser.get(f"/cohorts/{cohort_id}/gradebook.csv")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "name",
    [
        "=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\tcmd", "|calc", "%x", "＝1+1", "＋1", "－1", "＠x",
        " =1+1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u2003=1", "\u200e=1", '"=1', "=1\n=2",
    ],
)  # fmt: skip
def test_no_cell_of_the_gradebook_is_a_formula(
    web: Flask, instructor: Browser, new_person: NewPerson, name: str
) -> None:
    cohort_id = _cohort(web, instructor, [new_person(name)])
    cell = _gradebook(instructor, cohort_id)[0]["Name"]
    bare = "".join(char for char in cell if not char.isspace() and char.isprintable())
    assert bare[0] not in "=+-@|%＝＋－＠", f"a spreadsheet runs {cell!r}"


def test_a_view_of_a_cohort_that_is_gone(web: Flask, new_person: NewPerson) -> None:
    assert new_person("Root", Role.ADMINISTRATOR).get("/cohorts/999").status_code == 404
