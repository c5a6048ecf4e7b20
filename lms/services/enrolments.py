"""Who takes which pathway, and where they stopped."""

import uuid

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from curricula.curriculum import NotInCurriculum
from curricula.schema import Activity, Module, Pathway, Status
from lms.models import Enrolment, User, db, db_now
from lms.services import content, turns
from lms.services.errors import NotFound


def pathway(slug: str) -> Pathway:
    """The pathway of this slug; drafts do not exist for learners, retired ones go on for who is on them."""
    try:
        found = content.current().curriculum.pathway(slug)
    except NotInCurriculum as error:
        raise NotFound("There is no such pathway.") from error
    if found.status is Status.DRAFT:
        raise NotFound("There is no such pathway.")
    return found


def module_of(on: Pathway, slug: str) -> Module:
    if slug not in on.modules:
        raise NotFound(f"“{on.title}” has no such module.")
    return content.current().curriculum.module(slug)


def activity_of(module: Module, activity_uuid: uuid.UUID) -> Activity:
    for activity in module.activities:
        if activity.uuid == activity_uuid:
            return activity
    raise NotFound(f"“{module.title}” has no such activity.")


def enrol(actor: User, on: Pathway) -> Enrolment:
    """Puts the actor on the pathway; doing it twice is the same as once."""
    if found := of(actor, on):
        return found
    if on.status is not Status.ACTIVE:
        raise NotFound("This pathway takes no new learners.")
    turns.of_person(actor.id)
    db.session.add(Enrolment(user_id=actor.id, pathway_uuid=on.uuid))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()  # the other of two clicks was first
    if enrolled := of(actor, on):
        return enrolled
    raise RuntimeError(f"user {actor.id} was enrolled on {on.slug}, yet no row is there")


def of(actor: User, on: Pathway) -> Enrolment | None:
    return db.session.scalar(select(Enrolment).where(Enrolment.user_id == actor.id, Enrolment.pathway_uuid == on.uuid))


def all_of(actor: User) -> list[tuple[Enrolment, Pathway]]:
    """The actor's pathways, the one they were last on first; content that was removed is left out."""
    curriculum = content.current().curriculum
    known = {pathway.uuid: pathway for pathway in curriculum.pathways}
    rows = db.session.scalars(
        select(Enrolment)
        .where(Enrolment.user_id == actor.id)
        .order_by(Enrolment.last_seen_at.desc().nulls_last(), Enrolment.id)
    )
    return [(row, known[row.pathway_uuid]) for row in rows if row.pathway_uuid in known]


def remember_place(enrolment: Enrolment, activity_uuid: uuid.UUID, *, anchor: str | None = None) -> None:
    """Where *resume* leads; commits."""
    enrolment.last_activity_uuid = activity_uuid
    enrolment.last_anchor = anchor
    enrolment.last_seen_at = db_now()
    db.session.commit()
    db.session.refresh(enrolment)
