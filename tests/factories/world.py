"""A small organisation with one thing of every kind, and the people who may and may not see it."""

import dataclasses
import datetime as dt
import random
import uuid

from sqlalchemy import select

from lms.demo import reports
from lms.models import Desired, Enrolment, Examination, Lab, LabCheck, Report, Role, User, db
from lms.services import content
from tests.factories.people import create_cohort, create_user

PERSONAS = ("anonymous", "owner", "other learner", "instructor", "other instructor", "administrator")


@dataclasses.dataclass(frozen=True)
class World:
    """`people` are the signed-in personas; the ids name the owner's things."""

    people: dict[str, User]
    cohort_id: int
    lab_id: int
    check_id: int
    submission_id: int
    report_id: int
    examination_id: int
    enrolment_id: int


def build() -> World:
    """The owner is taught by the instructor, the other learner by the other instructor."""
    people = {name: create_user(name=name.title()) for name in PERSONAS[1:-1]}
    people["administrator"] = create_user(name="Administrator", role=Role.ADMINISTRATOR)
    owner = people["owner"]
    cohort = create_cohort(members=[owner], instructors=[people["instructor"]])
    create_cohort(members=[people["other learner"]], instructors=[people["other instructor"]])
    enrolment = Enrolment(user_id=owner.id, pathway_uuid=content.current().curriculum.active_pathways[0].uuid)
    lab = create_lab(owner)
    check = LabCheck(lab_id=lab.id, step_id=first_lab_step(), status="done", passed=False, report=None)
    db.session.add_all([enrolment, check])
    report = create_report(owner)
    examination = db.session.scalars(select(Examination)).one()
    db.session.commit()
    return World(
        people=people,
        cohort_id=cohort.id,
        lab_id=lab.id,
        check_id=check.id,
        submission_id=report.submission_id,
        report_id=report.id,
        examination_id=examination.id,
        enrolment_id=enrolment.id,
    )


def create_lab(user: User) -> Lab:
    """A stopped lab: nothing of it runs."""
    written = next(iter(content.current().labs))
    lab = Lab(
        user_id=user.id,
        lab_uuid=written.uuid,
        live_key=f"{user.id}:{written.uuid}",
        name=f"lab-test-{user.id}",
        credential="not-a-real-one",
        claim="0" * 32,
        desired=Desired.STOPPED,
        state="stopped",
        orders=1,
        orders_seen=1,
    )
    db.session.add(lab)
    db.session.flush()
    return lab


def create_report(user: User, variant: str = "solution", *, number: int = 1) -> Report:
    """An examined submission of the first project with its stored upload."""
    project = next(iter(content.current().projects))
    at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
    chosen = reports.variants(project)[variant]
    return reports.hand_in(user, project, chosen, number=number, at=at, chance=random.Random(number))


def first_lab_step() -> str:
    return next(iter(content.current().labs)).steps[0].id


def samples(world: World) -> dict[str, object]:
    """A value for each argument of each route, by `area:name` where areas differ, else by `name`."""
    current = content.current()
    pathway = current.curriculum.active_pathways[0]
    module = current.curriculum.modules_of(pathway)[0]
    lab = next(iter(current.labs))
    return {
        "learn:slug": pathway.slug,
        "home:slug": pathway.slug,
        "labs:slug": lab.slug,
        "projects:slug": next(iter(current.projects)).slug,
        "module_slug": module.slug,
        "activity_uuid": module.activities[0].uuid,
        "step_id": lab.steps[0].id,
        "token": str(uuid.UUID(int=0)),
        "user_id": world.people["owner"].id,
        "cohort_id": world.cohort_id,
        "lab_id": world.lab_id,
        "check_id": world.check_id,
        "submission_id": world.submission_id,
        "report_id": world.report_id,
        "examination_id": world.examination_id,
        "enrolment_id": world.enrolment_id,
    }
