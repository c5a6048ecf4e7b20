"""Accounts and the state of the system: for administrators only, and every deed leaves an audit entry."""

import dataclasses

from sqlalchemy import ColumnElement, delete, func, select

from lms.models import (
    Desired,
    Examination,
    ExaminationStatus,
    Lab,
    LabCheck,
    LinkPurpose,
    Role,
    User,
    UserSession,
    db,
)
from lms.services import access, audit, installation, one_time_links, turns
from lms.services.errors import Conflict, NotAllowed, NotFound

PAGE = 50


@dataclasses.dataclass(frozen=True)
class SystemState:
    """Counts that say whether work flows."""

    labs_running: int
    labs_waiting: int
    labs_failed: int
    labs_at_once: int
    exams_queued: int
    exams_running: int
    checks_open: int
    learners: int


def find_users(actor: User, search: str, page: int) -> tuple[list[User], int]:
    """A page of the accounts whose name or address holds the text, and how many there are in all."""
    access.administrators_only(actor)
    wanted, text = select(User), search.strip()
    if text:
        wanted = wanted.where(User.name.icontains(text, autoescape=True) | User.email.icontains(text, autoescape=True))
    count = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = wanted.order_by(User.name, User.id).limit(PAGE).offset(PAGE * (max(1, page) - 1))
    return list(db.session.scalars(rows)), count


def get(actor: User, user_id: int) -> User:
    access.administrators_only(actor)
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such account.")
    return user


def sign_in_link(actor: User, user_id: int) -> str:
    """A token that signs this person in once; the person reads in their history that it was made."""
    user = get(actor, user_id)
    if not user.active:
        raise Conflict("This account is switched off. Switch it on, then make the link.")
    audit.record(actor=actor, subject_id=user.id, action="sign-in link made", object=f"account {user.id}")
    return one_time_links.new(LinkPurpose.SIGN_IN, user=user, hours=24)


def switch(actor: User, user_id: int, *, active: bool) -> User:
    """Switches an account off, which ends its sign-ins at once, or on again."""
    user = _decided(actor, user_id)
    if user.id == actor.id:
        raise Conflict("You can not switch off the account that you are using.")
    if user.active != active:
        user.active = active
        if not active:
            db.session.execute(delete(UserSession).where(UserSession.user_id == user.id))
        _note(actor, user, "account switched on" if active else "account switched off", "active", not active, active)
    db.session.commit()
    return user


def set_role(actor: User, user_id: int, role: Role) -> User:
    """Makes somebody an administrator, or a learner again; nobody changes their own role."""
    user = _decided(actor, user_id)
    if user.id == actor.id:
        raise Conflict("You can not change your own role. Ask another administrator.")
    if user.role != role:
        before, user.role = user.role, role
        _note(actor, user, "role changed", "role", str(before), str(role))
    db.session.commit()
    return user


def _decided(actor: User, user_id: int) -> User:
    """The account, for an actor who is an administrator at this very moment: two can not take it from each other."""
    turns.of_administrators()
    db.session.refresh(actor)
    if not actor.active:
        raise NotAllowed("Your account is switched off.")
    user = get(actor, user_id)
    db.session.refresh(user)
    return user


def _note(actor: User, user: User, action: str, what: str, before: object, after: object) -> None:
    audit.record(
        actor=actor,
        subject_id=user.id,
        action=action,
        object=f"account {user.id}",
        before={what: before},
        after={what: after},
    )


def state(actor: User) -> SystemState:
    """What runs and what waits, counted now."""
    access.administrators_only(actor)
    running = Lab.desired == Desired.RUNNING
    exams = dict(db.session.execute(select(Examination.status, func.count()).group_by(Examination.status)).all())
    return SystemState(
        labs_running=_count(Lab, running, Lab.admitted_at.is_not(None)),
        labs_waiting=_count(Lab, running, Lab.admitted_at.is_(None), Lab.state != "failed"),
        labs_failed=_count(Lab, running, Lab.state == "failed"),
        labs_at_once=installation.current().labs_at_once,
        exams_queued=exams.get(ExaminationStatus.QUEUED, 0),
        exams_running=exams.get(ExaminationStatus.RUNNING, 0),
        checks_open=_count(LabCheck, LabCheck.status.in_(("queued", "running"))),
        learners=_count(User, User.active.is_(True)),
    )


def _count(model: type[Lab] | type[LabCheck] | type[User], *where: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0
