"""What home shows: a learner's next step and what runs."""

from flask import Flask

from lms.models import Lab, User, db
from tests.factories import world
from tests.integration.web.browser import Browser


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
