"""What staff may do is decided by the services themselves, whatever route or command called them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.models import AuditEntry, Cohort, CohortInstructor, CohortMember, Role, User, db
from lms.services import administration, cohort_editing, cohort_views, cohorts, content
from lms.services.cohort_plan import CohortPlan
from lms.services.errors import NotAllowed, NotFound
from tests.factories.people import create_cohort, create_user


@dataclass
class Academy:
    root: User
    instructor: User
    other_instructor: User
    learner: User
    stranger: User
    cohort_id: int


@pytest.fixture
def academy(app: Flask) -> Academy:
    """A cohort of one learner, and another cohort beside it."""
    instructor, other, learner = create_user(), create_user(), create_user()
    create_cohort(instructors=[other])
    cohort_id = create_cohort(members=[learner], instructors=[instructor]).id
    return Academy(create_user(role=Role.ADMINISTRATOR), instructor, other, learner, create_user(), cohort_id)


Deed = Callable[[User, Academy], object]

OF_ADMINISTRATORS: dict[str, Deed] = {
    "find users": lambda actor, academy: administration.find_users(actor, "", 1),
    "get an account": lambda actor, academy: administration.get(actor, academy.stranger.id),
    "make a sign-in link": lambda actor, academy: administration.sign_in_link(actor, academy.stranger.id),
    "switch an account off": lambda actor, academy: administration.switch(actor, academy.stranger.id, active=False),
    "set a role": lambda actor, academy: administration.set_role(actor, academy.stranger.id, Role.ADMINISTRATOR),
    "read the state": lambda actor, academy: administration.state(actor),
    "create a cohort": lambda actor, academy: cohorts.create(actor, _plan()),
    "change a cohort": lambda actor, academy: cohort_editing.edit(actor, academy.cohort_id, _plan()),
    "remove an instructor": lambda actor, academy: cohort_editing.remove_instructor(
        actor, academy.cohort_id, academy.instructor.id
    ),
    "add an instructor": lambda actor, academy: cohorts.add_instructor(
        actor, academy.cohort_id, academy.stranger.email
    ),
}
OF_THE_COHORTS_INSTRUCTORS: dict[str, Deed] = {
    "get the cohort": lambda actor, academy: cohorts.get(actor, academy.cohort_id),
    "see the cohort": lambda actor, academy: cohort_views.view(actor, academy.cohort_id),
    "add members": lambda actor, academy: cohorts.add_members(actor, academy.cohort_id, academy.stranger.email),
    "remove a member": lambda actor, academy: cohorts.remove_member(actor, academy.cohort_id, academy.learner.id),
}


def _plan() -> CohortPlan:
    day = dt.date(2026, 5, 1)
    return CohortPlan("May", content.current().curriculum.active_pathways[0].uuid, starts_on=day, ends_on=day)


def _state() -> tuple[object, ...]:
    people = db.session.execute(select(User.id, User.active, User.role).order_by(User.id)).all()
    members = db.session.execute(select(CohortMember.cohort_id, CohortMember.user_id)).all()
    teach = db.session.execute(select(CohortInstructor.cohort_id, CohortInstructor.user_id)).all()
    names = db.session.scalars(select(Cohort.name)).all()
    return (
        tuple(people),
        tuple(members),
        tuple(teach),
        tuple(names),
        db.session.scalar(select(func.count(AuditEntry.id))),
    )


@pytest.mark.parametrize("who", ["instructor", "other_instructor", "learner", "stranger"])
@pytest.mark.parametrize("deed", OF_ADMINISTRATORS)
def test_only_administrators(academy: Academy, deed: str, who: str) -> None:
    before = _state()
    with pytest.raises(NotAllowed):
        OF_ADMINISTRATORS[deed](getattr(academy, who), academy)
    assert _state() == before
    OF_ADMINISTRATORS[deed](academy.root, academy)


@pytest.mark.parametrize("who", ["other_instructor", "learner", "stranger"])
@pytest.mark.parametrize("deed", OF_THE_COHORTS_INSTRUCTORS)
def test_a_cohort_that_somebody_else_teaches_does_not_exist(academy: Academy, deed: str, who: str) -> None:
    before = _state()
    with pytest.raises(NotFound):
        OF_THE_COHORTS_INSTRUCTORS[deed](getattr(academy, who), academy)
    assert _state() == before


@pytest.mark.parametrize("who", ["instructor", "root"])
@pytest.mark.parametrize("deed", OF_THE_COHORTS_INSTRUCTORS)
def test_who_teaches_the_cohort_and_administrators_do(academy: Academy, deed: str, who: str) -> None:
    OF_THE_COHORTS_INSTRUCTORS[deed](getattr(academy, who), academy)


def test_nobody_is_removed_from_a_cohort_they_are_not_in(academy: Academy) -> None:
    before = _state()
    with pytest.raises(NotFound):
        cohorts.remove_member(academy.instructor, academy.cohort_id, academy.stranger.id)
    assert _state() == before, "and the trail does not say that they were"
