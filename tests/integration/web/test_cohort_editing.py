"""An administrator changes a cohort: its plan, who teaches it, who is in it; the trail says what was before."""

import dataclasses
import uuid

import pytest
from flask import Flask
from sqlalchemy import select

from curricula.schema import Pathway
from lms.models import AuditEntry, Enrolment, User, db
from lms.services import content
from tests.factories import people
from tests.integration.web.browser import Browser


@pytest.fixture
def cohort_id(web: Flask, instructor: Browser, learner: Browser) -> int:
    with web.app_context():
        users = [db.session.get_one(User, one.user_id) for one in (instructor, learner)]
        return people.create_cohort(members=users[1:], instructors=users[:1]).id


def _pathway() -> Pathway:
    return content.current().curriculum.active_pathways[0]


def _plan(**changes: str) -> dict[str, str]:
    whole = {"name": "June", "pathway": str(_pathway().uuid), "starts_on": "2026-06-01", "ends_on": "2026-06-30"}
    return whole | changes


def _entries(web: Flask, action: str) -> list[AuditEntry]:
    with web.app_context():
        return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_changed_plan_stands_on_the_page_and_in_the_trail(web: Flask, root: Browser, cohort_id: int) -> None:
    page = root.page(f"/cohorts/{cohort_id}/edit")
    assert 'value="Cohort ' in page and f'<option selected value="{_pathway().uuid}"' in page
    assert root.post(f"/cohorts/{cohort_id}/edit", _plan(name="  June  2026 ")).status_code == 302
    assert "June 2026" in root.page(f"/cohorts/{cohort_id}") and "30 Jun 2026" in root.page(f"/cohorts/{cohort_id}")
    [entry] = _entries(web, "cohort changed")
    assert entry.before and entry.before["name"].startswith("Cohort ") and "June 2026" in entry.object
    assert entry.after == {
        "name": "June 2026",
        "pathway": _pathway().title,
        "first day": "2026-06-01",
        "last day": "2026-06-30",
    }
    root.post(f"/cohorts/{cohort_id}/edit", _plan(name="June 2026"))
    assert len(_entries(web, "cohort changed")) == 1, "nothing changed, so there is nothing to tell"


def test_the_rules_are_those_of_a_new_cohort(web: Flask, root: Browser, cohort_id: int) -> None:
    with web.app_context():
        taken = people.create_cohort().name
    for changes, sentence in (
        ({"name": " "}, "Give"),
        ({"name": taken}, "exists already"),
        ({"ends_on": "2026-05-31"}, "before the first"),
        ({"starts_on": "soon"}, "Not a valid date"),
        ({"pathway": "none"}, "Not a valid choice"),
    ):
        answer = root.post(f"/cohorts/{cohort_id}/edit", _plan(**changes))
        assert answer.status_code == 400 and sentence in answer.text and 'value="2026-06-' in answer.text
    assert not _entries(web, "cohort changed")
    assert root.get("/cohorts/999/edit").status_code == 404


def test_learners_are_enrolled_on_another_pathway(
    web: Flask, root: Browser, learner: Browser, cohort_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _pathway()
    other = first.model_copy(update={"uuid": uuid.uuid4(), "slug": "another", "title": "Another"})
    now = content.current()
    wider = dataclasses.replace(now.curriculum, pathways=(*now.curriculum.pathways, other))
    monkeypatch.setattr(content, "_current", dataclasses.replace(now, curriculum=wider))
    assert root.post(f"/cohorts/{cohort_id}/edit", _plan(pathway=str(other.uuid))).status_code == 302
    with web.app_context():
        on = set(db.session.scalars(select(Enrolment.pathway_uuid).where(Enrolment.user_id == learner.user_id)))
    assert other.uuid in on


def test_an_instructor_is_removed(web: Flask, root: Browser, instructor: Browser, cohort_id: int) -> None:
    assert instructor.get(f"/cohorts/{cohort_id}").status_code == 200
    path = f"/cohorts/{cohort_id}/instructors/{instructor.user_id}/remove"
    assert instructor.post(path).status_code == 403
    page = root.post(path, follow_redirects=True).text
    assert "do not teach this cohort any more" in page and "Nobody yet; administrators" in page
    assert instructor.get(f"/cohorts/{cohort_id}").status_code == 404
    assert "instructor removed" in instructor.page("/account/history")
    assert root.post(path).status_code == 409
    assert len(_entries(web, "instructor removed")) == 1


def test_a_learner_is_removed_from_the_same_page(root: Browser, learner: Browser, cohort_id: int) -> None:
    path = f"/cohorts/{cohort_id}/learners/{learner.user_id}/remove"
    assert path in root.page(f"/cohorts/{cohort_id}/edit")
    answer = root.post(path, {"from": "edit"})
    assert answer.headers["Location"].endswith(f"/cohorts/{cohort_id}/edit#learners")
    assert path not in root.page(f"/cohorts/{cohort_id}/edit")
    assert "removed from cohort" in learner.page("/account/history")


def test_instructors_see_no_way_to_edit(instructor: Browser, root: Browser, cohort_id: int) -> None:
    assert f"/cohorts/{cohort_id}/edit" not in instructor.page(f"/cohorts/{cohort_id}")
    assert f"/cohorts/{cohort_id}/edit" in root.page(f"/cohorts/{cohort_id}")
    assert instructor.get(f"/cohorts/{cohort_id}/edit").status_code == 403


def test_a_cohort_is_deleted_once_nobody_learns_in_it(
    web: Flask, root: Browser, instructor: Browser, learner: Browser, cohort_id: int
) -> None:
    path = f"/cohorts/{cohort_id}/delete"
    assert instructor.post(path).status_code == 403
    assert (
        "take its learners out first" in root.page(f"/cohorts/{cohort_id}/edit") and root.post(path).status_code == 409
    )
    root.post(f"/cohorts/{cohort_id}/learners/{learner.user_id}/remove")
    assert path in root.page(f"/cohorts/{cohort_id}/edit")
    assert root.post(path).status_code == 302 and root.get(f"/cohorts/{cohort_id}").status_code == 404
    assert "cohort deleted" in root.page("/admin/audit") and "removed from cohort" in learner.page("/account/history")
