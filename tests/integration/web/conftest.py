"""Browsers without JavaScript: clients of an application that nobody keeps a context around.

A request leaves nothing in the `g` of the next one, as in production; rows are looked at in a context of their own.
"""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from lms.app import create_app
from lms.config import Settings
from lms.models import Role, db
from lms.services import hints
from tests.factories import people
from tests.integration.web.browser import Browser


@pytest.fixture
def web(settings: Settings) -> Iterator[Flask]:
    application = create_app(settings)
    hints.install(None)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def visitor(web: Flask) -> Browser:
    return Browser(web)


@pytest.fixture
def new_person(web: Flask) -> Callable[..., Browser]:
    """A signed-in browser of a new account."""

    def make(name: str = "Ada Learner", role: Role = Role.LEARNER) -> Browser:
        with web.app_context():
            user_id = people.create_user(name=name, role=role).id
        return Browser(web, user_id)

    return make


@pytest.fixture
def learner(new_person: Callable[..., Browser]) -> Browser:
    return new_person()
