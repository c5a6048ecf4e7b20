"""Deeds at the same moment end as if they had come one after another, and none of them crashes."""

from collections.abc import Callable
from functools import partial

from flask import Flask
from sqlalchemy import func, select

from lms.models import ActivityProgress, AuditEntry, CohortMember, Enrolment, LinkPurpose, OneTimeLink, Role, User, db
from lms.services import (
    accounts,
    administration,
    cohort_editing,
    cohorts,
    content,
    enrolments,
    invitations,
    one_time_links,
    progress,
)
from lms.services.errors import ServiceError
from tests.factories.at_once import acting, at_once, crashes
from tests.factories.people import create_cohort, create_user


def test_two_administrators_can_not_take_it_from_each_other(app: Flask) -> None:
    for _ in range(5):
        one, other = create_user(role=Role.ADMINISTRATOR), create_user(role=Role.ADMINISTRATOR)
        demote = partial(administration.set_role, role=Role.LEARNER)
        deeds = [
            acting(one, partial(demote, user_id=other.id)),
            acting(other, partial(demote, user_id=one.id)),
        ]
        ends = at_once(app, deeds)
        left = db.session.scalars(select(User).where(User.role == Role.ADMINISTRATOR)).all()
        assert [isinstance(end, ServiceError) for end in ends].count(True) == 1, ends
        assert len(left) == 1
        left[0].role = Role.LEARNER
        db.session.commit()


def test_there_is_one_first_administrator(app: Flask) -> None:
    tokens = [one_time_links.new(LinkPurpose.FIRST_ADMINISTRATOR) for _ in range(4)]

    def come(number: int) -> object:
        email = f"root{number}@academy.test"
        password = "a long enough password"
        return accounts.create_first_administrator(tokens[number], email=email, name="Root", password=password)

    ends = at_once(app, [partial(come, number) for number in range(4)])
    assert not crashes(ends)
    assert db.session.scalar(select(func.count()).where(User.role == Role.ADMINISTRATOR)) == 1


def test_lists_of_learners_in_any_order_are_added_once(app: Flask) -> None:
    """Two lists that are the other's reverse, and the learners who enrol themselves meanwhile."""
    people = [create_user() for _ in range(12)]
    instructor = create_user()
    first, second = create_cohort(instructors=[instructor]), create_cohort(instructors=[instructor])
    pathway = content.current().curriculum.active_pathways[0]
    there = [one.email for one in people]

    def add(cohort_id: int, emails: list[str]) -> Callable[[], object]:
        return acting(instructor, lambda actor: cohorts.add_members(actor, cohort_id, "\n".join(emails)))

    lists = [add(one.id, order) for one in (first, second) for order in (there, there[::-1])]
    ends = at_once(app, lists + [acting(one, lambda actor: enrolments.enrol(actor, pathway)) for one in people[:4]])
    assert ends == [None] * len(ends)
    assert db.session.scalar(select(func.count()).select_from(CohortMember)) == 24
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 12
    added = select(func.count()).where(AuditEntry.action == "added to cohort")
    assert db.session.scalar(added) == 24


def test_people_are_invited_once_whoever_invites_them(app: Flask) -> None:
    roots = [create_user(role=Role.ADMINISTRATOR) for _ in range(2)]
    cohort_id = create_cohort().id
    there = [f"new{number}@academy.test" for number in range(8)]

    def invite(root: User, emails: list[str]) -> Callable[[], object]:
        return acting(root, lambda actor: invitations.invite(actor, "\n".join(emails), cohort_id=cohort_id))

    ends = at_once(app, [invite(roots[0], there), invite(roots[1], there[::-1])])
    assert ends == [None, None]
    assert db.session.scalar(select(func.count()).where(User.email.in_(there))) == 8
    assert db.session.scalar(select(func.count()).select_from(CohortMember)) == 8
    links = select(func.count()).where(OneTimeLink.purpose == LinkPurpose.INVITATION)
    assert db.session.scalar(links) == 8, "the second invitation replaced the first"


def test_nobody_is_in_a_cohort_that_was_deleted(app: Flask) -> None:
    root, learner = create_user(role=Role.ADMINISTRATOR), create_user()
    for _ in range(5):
        cohort_id = create_cohort().id
        ends = at_once(
            app,
            [
                acting(root, partial(cohort_editing.remove, cohort_id=cohort_id)),
                acting(root, partial(cohorts.add_members, cohort_id=cohort_id, typed=learner.email)),
            ],
        )
        assert not crashes(ends), ends
        assert [end is None for end in ends].count(True) == 1, "one of the two came too late, and was told"


def test_a_lesson_that_is_finished_ten_times_at_once_is_finished_once(app: Flask) -> None:
    learner = create_user()
    activity = content.current().curriculum.modules[0].activities[0]

    def finish(actor: User, percent: int) -> None:
        progress.record(actor.id, activity.uuid, done=True, score_percent=float(percent))
        db.session.commit()

    ends = at_once(app, [acting(learner, partial(finish, percent=percent)) for percent in range(10)])
    assert ends == [None] * 10
    row = db.session.scalars(select(ActivityProgress)).one()
    assert row.score_percent == 9.0, "the best of them counts"
