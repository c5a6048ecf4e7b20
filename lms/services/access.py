"""Who may do what: one named rule for each kind of access, used by every route and by the matrix test.

A rule takes the actor (None when nobody is signed in) and the ids of the route, and answers yes or no.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import exists, select

from lms.models import (
    CohortInstructor,
    CohortMember,
    Enrolment,
    Examination,
    Lab,
    LabCheck,
    Report,
    Submission,
    User,
    db,
)
from lms.services.errors import NotAllowed

Ids = Mapping[str, Any]
Rule = Callable[[User | None, Ids], bool]


def administrators_only(actor: User) -> None:
    """NotAllowed for everybody else; for services, which do not trust that a route asked first."""
    if not actor.is_administrator:
        raise NotAllowed("Only an administrator can do this.")


def teaches_cohort(actor: User, cohort_id: int) -> bool:
    held = exists().where(CohortInstructor.cohort_id == cohort_id, CohortInstructor.user_id == actor.id)
    return actor.is_administrator or bool(db.session.scalar(select(held)))


def teaches_anyone(actor: User) -> bool:
    held = exists().where(CohortInstructor.user_id == actor.id)
    return actor.is_administrator or bool(db.session.scalar(select(held)))


def teaches_learner(actor: User, learner_id: int) -> bool:
    """Whether the learner is a member of a cohort that the actor teaches."""
    if actor.is_administrator:
        return True
    together = (
        select(CohortMember.user_id)
        .join(CohortInstructor, CohortInstructor.cohort_id == CohortMember.cohort_id)
        .where(CohortMember.user_id == learner_id, CohortInstructor.user_id == actor.id)
    )
    return db.session.scalar(together.limit(1)) is not None


def _own_lab(actor: User | None, ids: Ids) -> bool:
    lab = db.session.get(Lab, ids["lab_id"])
    return actor is not None and lab is not None and lab.user_id == actor.id


def _own_check(actor: User | None, ids: Ids) -> bool:
    check = db.session.get(LabCheck, ids["check_id"])
    return check is not None and _own_lab(actor, {"lab_id": check.lab_id})


def _submission_owner(ids: Ids) -> int | None:
    if "submission_id" in ids:
        found = db.session.get(Submission, ids["submission_id"])
    elif "report_id" in ids:
        report = db.session.get(Report, ids["report_id"])
        found = db.session.get(Submission, report.submission_id) if report else None
    else:
        examination = db.session.get(Examination, ids["examination_id"])
        found = examination.submission if examination else None
    return found.user_id if found else None


def _own_submission(actor: User | None, ids: Ids) -> bool:
    return actor is not None and _submission_owner(ids) == actor.id


def _submission_taught(actor: User | None, ids: Ids) -> bool:
    owner = _submission_owner(ids)
    return actor is not None and owner is not None and teaches_learner(actor, owner)


def _cohort_taught(actor: User | None, ids: Ids) -> bool:
    return actor is not None and teaches_cohort(actor, ids["cohort_id"])


def _member_taught(actor: User | None, ids: Ids) -> bool:
    """The learner must be a member of this very cohort, not only of some cohort of the actor."""
    member = exists().where(CohortMember.cohort_id == ids["cohort_id"], CohortMember.user_id == ids["user_id"])
    return _cohort_taught(actor, ids) and bool(db.session.scalar(select(member)))


def _own_enrolment(actor: User | None, ids: Ids) -> bool:
    enrolment = db.session.get(Enrolment, ids["enrolment_id"])
    return actor is not None and enrolment is not None and enrolment.user_id == actor.id


RULES: dict[str, Rule] = {
    "anyone": lambda actor, ids: True,
    "signed in": lambda actor, ids: actor is not None,
    "administrator": lambda actor, ids: actor is not None and actor.is_administrator,
    "teaches": lambda actor, ids: actor is not None and teaches_anyone(actor),
    "teaches cohort": _cohort_taught,
    "teaches member": _member_taught,
    "own lab": _own_lab,
    "own check": _own_check,
    "own enrolment": _own_enrolment,
    "own submission": _own_submission,
    "teaches submission": _submission_taught,
    "own or teaches submission": lambda actor, ids: _own_submission(actor, ids) or _submission_taught(actor, ids),
}


def allowed(rule: str, actor: User | None, ids: Ids) -> bool:
    return RULES[rule](actor, ids)
