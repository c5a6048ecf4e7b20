"""One learner as their instructor sees them: activity by activity, with quizzes, labs and their steps."""

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from typing import Literal

from sqlalchemy import func, select

from curricula.schema import Activity, Module, Pathway
from lms.models import Enrolment, LabStep, QuizAttempt, User, db
from lms.services import content, progress
from lms.services.progress import Share, Standing

State = Literal["done", "begun", "open"]


@dataclasses.dataclass(frozen=True)
class StepDone:
    title: str
    passed_at: dt.datetime | None
    attempts: int
    hints: int


@dataclasses.dataclass(frozen=True)
class ActivityView:
    """`attempts` counts quiz attempts; `steps` are those of a lab."""

    activity: Activity
    state: State
    score: float | None
    done_at: dt.datetime | None
    attempts: int
    steps: tuple[StepDone, ...]

    @property
    def steps_passed(self) -> int:
        return sum(step.passed_at is not None for step in self.steps)


@dataclasses.dataclass(frozen=True)
class ModuleView:
    module: Module
    locked: bool
    share: Share
    activities: tuple[ActivityView, ...]


@dataclasses.dataclass(frozen=True)
class LearnerView:
    user: User
    share: Share
    at: Module | None
    enrolment: Enrolment | None
    modules: tuple[ModuleView, ...]


def view(user_id: int, pathway: Pathway) -> LearnerView:
    """The learner on this pathway; who may see it is the route's policy."""
    user = db.session.get_one(User, user_id)
    standing = progress.standing(user_id)
    attempts, steps = _attempts(user_id), _steps(user_id)
    modules = content.current().curriculum.modules_of(pathway)
    following = standing.next_on(pathway)
    held = (Enrolment.user_id == user_id, Enrolment.pathway_uuid == pathway.uuid)
    return LearnerView(
        user=user,
        share=standing.share(modules),
        at=following[0] if following else None,
        enrolment=db.session.scalar(select(Enrolment).where(*held)),
        modules=tuple(
            ModuleView(
                module=module,
                locked=bool(standing.unmet(module)),
                share=standing.of_module(module),
                activities=tuple(_activity(one, standing, attempts, steps) for one in module.activities),
            )
            for module in modules
        ),
    )


def _activity(
    activity: Activity,
    standing: Standing,
    attempts: dict[uuid.UUID, int],
    steps: dict[uuid.UUID, dict[str, LabStep]],
) -> ActivityView:
    row = standing.rows.get(activity.uuid)
    state: State = "open" if row is None else "done" if row.completed_at else "begun"
    shown: tuple[StepDone, ...] = ()
    if activity.kind == "lab" and (lab := content.current().labs.get(activity.lab)) is not None:
        held = steps.get(lab.uuid, {})
        shown = tuple(_step(step.title, held.get(step.id)) for step in lab.steps)
        state = "begun" if state == "open" and held else state
    return ActivityView(
        activity=activity,
        state=state,
        score=row.score_percent if row else None,
        done_at=row.completed_at if row else None,
        attempts=attempts.get(activity.uuid, 0),
        steps=shown,
    )


def _step(title: str, row: LabStep | None) -> StepDone:
    if row is None:
        return StepDone(title, None, 0, 0)
    return StepDone(title, row.passed_at, row.attempts, row.hints_shown)


def _attempts(user_id: int) -> dict[uuid.UUID, int]:
    counted = select(QuizAttempt.activity_uuid, func.count()).where(QuizAttempt.user_id == user_id)
    return dict(db.session.execute(counted.group_by(QuizAttempt.activity_uuid)).all())


def _steps(user_id: int) -> dict[uuid.UUID, dict[str, LabStep]]:
    found: dict[uuid.UUID, dict[str, LabStep]] = defaultdict(dict)
    for row in db.session.scalars(select(LabStep).where(LabStep.user_id == user_id)):
        found[row.lab_uuid][row.step_id] = row
    return found
