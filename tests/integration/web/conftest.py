"""Browsers without JavaScript: clients of an application that nobody keeps a context around.

A request leaves nothing in the `g` of the next one, as in production; rows are looked at in a context of their own.
"""

from collections.abc import Iterator

import pytest
from flask import Flask

from lms.config import Settings
from lms.models import Role
from tests.factories import people
from tests.factories.served import web_of
from tests.integration.web.browser import Browser, NewPerson


@pytest.fixture
def web(settings: Settings) -> Iterator[Flask]:
    with web_of(settings) as application:
        yield application


@pytest.fixture
def visitor(web: Flask) -> Browser:
    return Browser(web)


@pytest.fixture
def new_person(web: Flask) -> NewPerson:
    """A signed-in browser of a new account."""

    def make(name: str = "Ada Learner", role: Role = Role.LEARNER) -> Browser:
        with web.app_context():
            user_id = people.create_user(name=name, role=role).id
        return Browser(web, user_id)

    return make


@pytest.fixture
def learner(new_person: NewPerson) -> Browser:
    return new_person()


@pytest.fixture
def instructor(new_person: NewPerson) -> Browser:
    return new_person("Rafael")


@pytest.fixture
def root(new_person: NewPerson) -> Browser:
    """An administrator."""
    return new_person("Root", Role.ADMINISTRATOR)
