"""What home shows: a learner's next step and what runs."""

from flask import Flask

from lms.models import Lab, Role, User, db
from lms.services import content
from tests.factories import people, world
from tests.integration.web.browser import Browser, NewPerson


def _lab(web: Flask, owner: Browser, **columns: object) -> Lab:
    with web.app_context():
        lab = world.create_lab(db.session.get_one(User, owner.user_id))
        for name, value in columns.items():
            setattr(lab, name, value)
        db.session.commit()
        return lab


def test_a_lab_that_was_never_started_is_not_listed(web: Flask, learner: Browser) -> None:
    _lab(web, learner, orders=0, orders_seen=0, state="absent")
    assert "No lab is running" in learner.page("/")


def test_a_stopped_lab_is_listed(web: Flask, learner: Browser) -> None:
    _lab(web, learner)
    assert "stopped" in learner.page("/")


def test_who_was_in_the_first_lesson_resumes_it(learner: Browser) -> None:
    pathway = content.current().curriculum.active_pathways[0]
    entered = learner.post(f"/pathways/{pathway.slug}/enrol")
    assert "> Start</a>" in learner.page("/")
    assert learner.post(entered.headers["Location"] + "/place", {"anchor": "a-heading"}).status_code == 204
    assert "> Resume</a>" in learner.page("/") and "#a-heading" in learner.page("/")


def test_who_teaches_sees_the_cohorts_with_their_risks(web: Flask, new_person: NewPerson) -> None:
    instructor, idle = new_person("Ines"), new_person("Ida")
    with web.app_context():
        mine, ida = (db.session.get_one(User, one.user_id) for one in (instructor, idle))
        cohort = people.create_cohort(members=[ida], instructors=[mine])
        name, address = cohort.name, f"/cohorts/{cohort.id}"
    page = instructor.page("/")
    assert name in page and f'href="{address}"' in page and "1 learner " in page and "1 at risk" in page
    assert "Pick a pathway" not in page and "What to do next" not in page
    assert "at risk" not in idle.page("/") and "Pick a pathway" in idle.page("/")


def test_an_administrator_is_told_what_to_do_next(new_person: NewPerson) -> None:
    page = new_person("Adam", Role.ADMINISTRATOR).page("/")
    assert "Make a cohort" in page and 'href="/admin/invite"' in page and "Pick a pathway" not in page
