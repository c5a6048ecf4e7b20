"""Cohorts: who is in them, and who teaches them."""

from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from lms.models import Cohort, CohortInstructor, CohortMember, Enrolment, User, db
from lms.services import access, accounts, address_list, audit, turns
from lms.services.address_list import Addressee
from lms.services.cohort_plan import CohortPlan
from lms.services.errors import Invalid, NotFound


def taught_by(actor: User) -> list[tuple[Cohort, int]]:
    """The cohorts that the actor teaches (an administrator: all) with their number of learners, newest first."""
    members = select(func.count()).where(CohortMember.cohort_id == Cohort.id).scalar_subquery()
    wanted = select(Cohort, members).order_by(Cohort.starts_on.desc(), Cohort.name)
    if not actor.is_administrator:
        wanted = wanted.join(CohortInstructor, CohortInstructor.cohort_id == Cohort.id)
        wanted = wanted.where(CohortInstructor.user_id == actor.id)
    return [(cohort, count) for cohort, count in db.session.execute(wanted)]


def get(actor: User, cohort_id: int) -> Cohort:
    """The cohort, for who teaches it; NotFound for anybody else."""
    cohort = db.session.get(Cohort, cohort_id)
    if cohort is None or not access.teaches_cohort(actor, cohort_id):
        raise NotFound("There is no such cohort.")
    return cohort


def members(cohort: Cohort) -> list[User]:
    joined = select(User).join(CohortMember, CohortMember.user_id == User.id)
    return list(db.session.scalars(joined.where(CohortMember.cohort_id == cohort.id).order_by(User.name, User.id)))


def instructors(cohort: Cohort) -> list[User]:
    joined = select(User).join(CohortInstructor, CohortInstructor.user_id == User.id)
    return list(db.session.scalars(joined.where(CohortInstructor.cohort_id == cohort.id).order_by(User.name)))


def create(actor: User, plan: CohortPlan) -> Cohort:
    """A new cohort, with an audit entry; a taken name or an impossible time is refused with its field."""
    access.administrators_only(actor)
    cohort = Cohort()
    plan.checked().write(cohort)
    db.session.add(cohort)
    try:
        db.session.flush()
        audit.record(actor=actor, subject_id=None, action="cohort created", object=named(cohort))
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise Invalid("A cohort of this name exists already.", field="name") from error
    return cohort


def add_members(actor: User, cohort_id: int, typed: str) -> tuple[int, list[Addressee]]:
    """Adds the accounts of these addresses and enrols them; how many are new, and whom nobody knows."""
    cohort = get(actor, cohort_id)
    wanted = address_list.read(typed)
    if not wanted:
        raise Invalid("Type one e-mail address or more.", field="emails")
    found = address_list.accounts_of(wanted)
    added = join(actor, cohort, found.values())
    db.session.commit()
    return added, [one for one in wanted if one.email not in found]


def join(actor: User, cohort: Cohort, people: Iterable[User]) -> int:
    """These people are learners of the cohort, in the open transaction; how many of them are new there."""
    if not turns.of_cohort(cohort.id):
        raise NotFound("There is no such cohort any more.")
    present = {user.id for user in members(cohort)}
    new = [user for user in people if user.id not in present]
    for user in sorted(new, key=lambda one: one.id):
        db.session.add(CohortMember(cohort_id=cohort.id, user_id=user.id))
        enrol(user, cohort)
        audit.record(actor=actor, subject_id=user.id, action="added to cohort", object=named(cohort))
    return len(new)


def remove_member(actor: User, cohort_id: int, user_id: int) -> None:
    """Takes the learner out of the cohort; their progress stays theirs."""
    cohort = get(actor, cohort_id)
    membership = (CohortMember.cohort_id == cohort_id, CohortMember.user_id == user_id)
    removed = db.session.execute(delete(CohortMember).where(*membership))
    if not removed.rowcount:  # type: ignore[attr-defined]  # a DELETE's result is a CursorResult
        db.session.rollback()
        raise NotFound("This cohort has no such learner.")
    audit.record(actor=actor, subject_id=user_id, action="removed from cohort", object=named(cohort))
    db.session.commit()


def add_instructor(actor: User, cohort_id: int, email: str) -> User:
    """Gives the account of this address the cohort to teach."""
    access.administrators_only(actor)
    cohort = get(actor, cohort_id)
    user = db.session.scalar(select(User).where(User.email == accounts.folded_email(email)))
    if user is None:
        raise Invalid("Nobody has an account with this address. Invite them under Administration first.", field="email")
    turns.of_cohort(cohort.id)
    if db.session.get(CohortInstructor, (cohort.id, user.id)) is None:
        db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=user.id))
        audit.record(actor=actor, subject_id=user.id, action="instructor added", object=named(cohort))
    db.session.commit()
    return user


def named(cohort: Cohort) -> str:
    """As the audit trail names it."""
    return f"cohort {cohort.id}: {cohort.name}"[:120]


def enrol(user: User, cohort: Cohort) -> None:
    """The learner is on the cohort's pathway, in the open transaction."""
    turns.of_person(user.id)
    held = (Enrolment.user_id == user.id, Enrolment.pathway_uuid == cohort.pathway_uuid)
    if db.session.scalar(select(Enrolment.id).where(*held)) is None:
        db.session.add(Enrolment(user_id=user.id, pathway_uuid=cohort.pathway_uuid))
