"""Changing a cohort that exists, for administrators: every change stands in the trail with what was before."""

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from lms.models import Cohort, CohortInstructor, User, db
from lms.services import access, audit, cohort_plan, cohorts, content, turns
from lms.services.cohort_plan import CohortPlan
from lms.services.errors import Conflict, Invalid


def edit(actor: User, cohort_id: int, plan: CohortPlan) -> Cohort:
    """The cohort as planned; on another pathway its learners are enrolled there, and their progress stays theirs."""
    access.administrators_only(actor)
    cohort = cohorts.get(actor, cohort_id)
    turns.of_cohort(cohort.id)
    plan, before = plan.checked(), cohort_plan.of(cohort)
    if plan == before:
        return cohort
    plan.write(cohort)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Invalid("A cohort of this name exists already.", field="name") from error
    if plan.pathway_uuid != before.pathway_uuid:
        for learner in sorted(cohorts.members(cohort), key=lambda one: one.id):
            cohorts.enrol(learner, cohort)
    audit.record(
        actor=actor,
        subject_id=None,
        action="cohort changed",
        object=cohorts.named(cohort),
        before=_as_read(before),
        after=_as_read(plan),
    )
    db.session.commit()
    return cohort


def remove(actor: User, cohort_id: int) -> None:
    """The cohort is gone; Conflict while somebody learns in it. What was done to it stays in the trail."""
    access.administrators_only(actor)
    cohort = cohorts.get(actor, cohort_id)
    turns.of_cohort(cohort.id)
    if count := len(cohorts.members(cohort)):
        raise Conflict(f"Take its learners out of the cohort first; it has {count}.")
    db.session.execute(delete(CohortInstructor).where(CohortInstructor.cohort_id == cohort.id))
    audit.record(actor=actor, subject_id=None, action="cohort deleted", object=cohorts.named(cohort))
    db.session.delete(cohort)
    db.session.commit()


def remove_instructor(actor: User, cohort_id: int, user_id: int) -> None:
    """This person does not teach the cohort any more; Conflict when they did not anyway."""
    access.administrators_only(actor)
    cohort = cohorts.get(actor, cohort_id)
    teaching = (CohortInstructor.cohort_id == cohort_id, CohortInstructor.user_id == user_id)
    removed = db.session.execute(delete(CohortInstructor).where(*teaching))
    if not removed.rowcount:  # type: ignore[attr-defined]  # a DELETE's result is a CursorResult
        db.session.rollback()
        raise Conflict("This person does not teach the cohort any more.")
    audit.record(actor=actor, subject_id=user_id, action="instructor removed", object=cohorts.named(cohort))
    db.session.commit()


def _as_read(plan: CohortPlan) -> dict[str, str]:
    titles = {one.uuid: one.title for one in content.current().curriculum.pathways}
    return {
        "name": plan.name,
        "pathway": titles.get(plan.pathway_uuid, str(plan.pathway_uuid)),
        "first day": plan.starts_on.isoformat(),
        "last day": plan.ends_on.isoformat(),
    }
