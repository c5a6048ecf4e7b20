"""What is done, what comes next, and how far along: computed from activity rows and the content."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Protocol

from sqlalchemy import select

from curricula.schema import Activity, Module, Pathway, Stage
from lms.models import ActivityProgress, db, db_now
from lms.services import content, turns


@dataclasses.dataclass(frozen=True)
class Effort:
    """Working time; a project's stands apart, since it is not done within the day that it belongs to."""

    minutes: int = 0
    project_minutes: int = 0


@dataclasses.dataclass(frozen=True)
class Share:
    """How much of something is done, and the work that is left of the whole."""

    done: int
    total: int
    left: Effort = Effort()
    whole: Effort = Effort()

    @property
    def percent(self) -> float:
        return 100 * self.done / self.total if self.total else 0.0

    @property
    def complete(self) -> bool:
        return self.total > 0 and self.done == self.total


class Progress(Protocol):
    """What a standing reads of a row."""

    @property
    def started_at(self) -> dt.datetime: ...

    @property
    def completed_at(self) -> dt.datetime | None: ...

    @property
    def score_percent(self) -> float | None: ...


class Standing:
    """One learner's standing over all content, read in one query."""

    def __init__(self, rows: Mapping[uuid.UUID, Progress]) -> None:
        self.rows = rows

    def started(self, activity: Activity) -> bool:
        return activity.uuid in self.rows

    def done(self, activity: Activity) -> bool:
        row = self.rows.get(activity.uuid)
        return row is not None and row.completed_at is not None

    def score(self, activity: Activity) -> float | None:
        row = self.rows.get(activity.uuid)
        return row.score_percent if row else None

    def share(self, modules: Iterable[Module]) -> Share:
        activities = [activity for module in modules for activity in module.activities]
        open_ones = [activity for activity in activities if not self.done(activity)]
        done = len(activities) - len(open_ones)
        return Share(done, len(activities), left=effort(open_ones), whole=effort(activities))

    def of_pathway(self, pathway: Pathway) -> Share:
        return self.share(content.current().curriculum.modules_of(pathway))

    def of_stage(self, stage: Stage) -> Share:
        curriculum = content.current().curriculum
        return self.share(curriculum.module(slug) for slug in stage.modules)

    def of_module(self, module: Module) -> Share:
        return self.share([module])

    def unmet(self, module: Module) -> list[Module]:
        """The prerequisites that are not done yet; a module with any is locked."""
        curriculum = content.current().curriculum
        required = (curriculum.module(slug) for slug in module.prerequisites)
        return [needed for needed in required if not self._learned(needed)]

    def next_in(self, module: Module) -> Activity | None:
        return next((activity for activity in module.activities if not self.done(activity)), None)

    def next_on(self, pathway: Pathway) -> tuple[Module, Activity] | None:
        """The first activity that is open and not done, in the order of the pathway."""
        for module in content.current().curriculum.modules_of(pathway):
            if not self.unmet(module) and (activity := self.next_in(module)):
                return module, activity
        return None

    def last_active(self) -> dt.datetime | None:
        times = [row.completed_at or row.started_at for row in self.rows.values()]
        return max(times, default=None)

    def _learned(self, module: Module) -> bool:
        """Lessons and quizzes open what follows; a lab or a project may be done later."""
        return all(self.done(activity) for activity in module.activities if activity.kind in ("lesson", "quiz"))


def effort(activities: Iterable[Activity]) -> Effort:
    listed = list(activities)
    own = sum(activity.minutes for activity in listed if activity.kind == "project")
    return Effort(sum(activity.minutes for activity in listed) - own, own)


def standing(user_id: int) -> Standing:
    rows = db.session.scalars(select(ActivityProgress).where(ActivityProgress.user_id == user_id))
    return Standing({row.activity_uuid: row for row in rows})


def standings(user_ids: Iterable[int]) -> dict[int, Standing]:
    """The standing of many learners in one query, for cohort pages."""
    wanted = list(user_ids)
    by_user: dict[int, dict[uuid.UUID, Progress]] = {user_id: {} for user_id in wanted}
    columns = (
        ActivityProgress.user_id,
        ActivityProgress.activity_uuid,
        ActivityProgress.started_at,
        ActivityProgress.completed_at,
        ActivityProgress.score_percent,
    )  # plain rows: a cohort has tens of thousands, and nobody changes them here
    for row in db.session.execute(select(*columns).where(ActivityProgress.user_id.in_(wanted))):
        by_user[row.user_id][row.activity_uuid] = row
    return {user_id: Standing(rows) for user_id, rows in by_user.items()}


def record(user_id: int, activity_uuid: uuid.UUID, *, done: bool, score_percent: float | None = None) -> None:
    """Notes a beginning or an end, in the open transaction; what is done stays done, the best score counts."""
    turns.of_person(user_id)
    row = db.session.scalar(
        select(ActivityProgress)
        .where(ActivityProgress.user_id == user_id, ActivityProgress.activity_uuid == activity_uuid)
        .execution_options(populate_existing=True)
    )
    if row is None:
        row = ActivityProgress(user_id=user_id, activity_uuid=activity_uuid)
        db.session.add(row)
    if done and row.completed_at is None:
        row.completed_at = db_now()
    if score_percent is not None:
        row.score_percent = max(score_percent, row.score_percent or 0.0)
    db.session.flush()


def record_linked(user_id: int, kind: str, slug: str, *, score_percent: float | None = None) -> None:
    """Marks every activity that names this lab or project as done, in the open transaction."""
    for module in content.current().curriculum.modules:
        for activity in module.activities:
            if activity.kind == kind and getattr(activity, kind) == slug:
                record(user_id, activity.uuid, done=True, score_percent=score_percent)
