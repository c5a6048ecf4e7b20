"""What one learner handed in: attempts that get better, an instructor's word, one exam that needs staff."""

import datetime as dt
import random
import uuid
from collections.abc import Mapping

from sqlalchemy import select

from curricula.schema import Pathway
from labs.projects import Project
from lms.demo import reports
from lms.demo.history import Term
from lms.demo.people import Person
from lms.models import (
    ActivityProgress,
    AuditEntry,
    CriterionOverride,
    Examination,
    ExaminationStatus,
    Report,
    User,
    db,
)
from lms.services import content

#: Who tries what, in this order; everybody else of the finished term takes one of _USUAL.
_JOURNEYS: Mapping[str, tuple[str, ...]] = {
    "Amara Okafor": ("does-not-start", "every-tenth-counter", "solution"),
    "Haruka Tanaka": ("ignores-accuracy", "solution"),
    "Fatima Zahra Benali": ("never-rolls-back",),
    "Priya Deshmukh": ("answers-without-models", "never-rolls-back"),
    "Nguyễn Thu Hà": ("split-80-20",),
    "Samuel Mensah": ("never-rolls-back", "fakes-its-metrics", "solution"),
    "Daniel Goldberg": ("wrong-manifest", "never-rolls-back", "never-rolls-back"),
    "Ximena Rojas": (),
}
_USUAL = (
    ("split-80-20", "solution"),
    ("solution",),
    ("not-sticky", "rolls-back-without-fault"),
    ("does-not-start", "ignores-accuracy"),
)
_NEEDS_STAFF = "Nguyễn Thu Hà"
_OVERRIDDEN = "Fatima Zahra Benali"


class Portfolio:
    def __init__(self, user: User, person: Person, instructor: User, term: Term, chance: random.Random) -> None:
        self.user, self.person, self.instructor = user, person, instructor
        self.term, self.chance = term, chance

    def write(self, pathway: Pathway, reached: Mapping[str, dt.datetime]) -> None:
        """The submissions of the pathway's projects."""
        for slug in pathway.projects:
            project = content.current().projects.get(slug)
            names = self._journey(at_project=slug in reached)
            if project is not None and names:
                self._attempts(project, names, reached.get(slug))

    def _journey(self, *, at_project: bool) -> tuple[str, ...]:
        if self.person.name in _JOURNEYS:
            return _JOURNEYS[self.person.name]
        return self.chance.choice(_USUAL) if at_project else ()

    def _attempts(self, project: Project, names: tuple[str, ...], first: dt.datetime | None) -> None:
        known = reports.variants(project)
        names = tuple(name for name in names if name in known)
        at = self._first_moment(len(names), first)
        for number, name in enumerate(names, 1):
            if self.person.name == _NEEDS_STAFF:
                self._needs_staff(project, known[name], number, at)
                return
            row = reports.hand_in(self.user, project, known[name], number=number, at=at, chance=self.chance)
            if number == len(names) and self.person.name == _OVERRIDDEN:
                self._override(project, row)
            elif row.verdict == "passed":
                self._passed(project, 100 * row.points / row.max_points, row.created_at)
            at += dt.timedelta(hours=self.chance.randint(5, 44), minutes=self.chance.randrange(60))

    def _first_moment(self, attempts: int, first: dt.datetime | None) -> dt.datetime:
        """Early enough that all attempts lie in the past."""
        latest = self.term.until - dt.timedelta(hours=45 * attempts)
        return min(first or latest, latest)

    def _needs_staff(self, project: Project, variant: reports.Variant, number: int, at: dt.datetime) -> None:
        made = reports.submit(self.user, project, variant, number=number, at=at, chance=self.chance)
        db.session.add(
            Examination(
                submission_id=made.id,
                status=ExaminationStatus.NEEDS_STAFF,
                tries=3,
                fence=3,
                lost_leases=3,
                events=[],
                problem="Examining it broke off 3 times: our worker or the engine was lost.",
                created_at=at,
                started_at=at + dt.timedelta(seconds=4),
                finished_at=at + dt.timedelta(minutes=9),
            )
        )

    def _override(self, project: Project, row: Report) -> None:
        """The instructor gives a criterion its points, and the learner reads why."""
        given = next((one for one in row.body["criteria"] if one["id"] == "rollback-errors"), None)
        if given is None:
            return
        at, after = row.created_at + dt.timedelta(hours=20), row.points - given["points"] + given["max_points"]
        reason = (
            "In our review you showed the guard going back to model A within 4 s on your branch `guard-fix`; "
            "the zip you handed in lacked that commit. I count what I saw."
        )
        key = {"report_id": row.id, "criterion_id": given["id"], "points": given["max_points"]}
        db.session.add(CriterionOverride(**key, reason=reason, actor_id=self.instructor.id, created_at=at))
        verdict = "passed" if after >= row.pass_points else "failed"
        db.session.add(
            AuditEntry(
                at=at,
                actor_id=self.instructor.id,
                subject_id=self.user.id,
                action="override criterion",
                object=f"report {row.id}, criterion {given['id']}",
                before={"points": given["points"], "total": row.points, "verdict": row.verdict},
                after={"points": given["max_points"], "total": after, "verdict": verdict},
                reason=reason,
            )
        )
        if verdict == "passed":
            self._passed(project, 100 * after / row.max_points, at)

    def _passed(self, project: Project, percent: float, at: dt.datetime) -> None:
        """The activities that name this project are done; the best attempt counts."""
        for module in content.current().curriculum.modules:
            for activity in module.activities:
                if activity.kind == "project" and activity.project == project.slug:
                    self._done(activity.uuid, percent, at)

    def _done(self, activity_uuid: uuid.UUID, percent: float, at: dt.datetime) -> None:
        key = (ActivityProgress.user_id == self.user.id, ActivityProgress.activity_uuid == activity_uuid)
        row = db.session.scalar(select(ActivityProgress).where(*key))
        if row is None:
            row = ActivityProgress(user_id=self.user.id, activity_uuid=activity_uuid, started_at=at)
            db.session.add(row)
        row.completed_at = row.completed_at or at
        row.score_percent = max(percent, row.score_percent or 0)
        db.session.flush()
