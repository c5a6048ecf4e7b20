"""What one learner did on a pathway, day by day: rows of progress, quizzes and lab steps, from a seed."""

import dataclasses
import datetime as dt
import random
from collections.abc import Iterator

from curricula.schema import Activity, LabActivity, Module, Pathway, QuizActivity
from lms.demo.people import PACES, UNFINISHED, Person
from lms.models import ActivityProgress, Enrolment, LabStep, QuizAttempt, User, db
from lms.services import content


@dataclasses.dataclass(frozen=True)
class Term:
    """The days that a learner had so far; `now` is when the story is told."""

    starts_on: dt.date
    ends_on: dt.date
    now: dt.datetime

    @property
    def planned(self) -> float:
        """The share of the pathway that somebody even-paced has done."""
        days = (self.ends_on - self.starts_on).days + 1
        return min(1.0, max(0.0, ((self.now.date() - self.starts_on).days + 1) / days))

    @property
    def until(self) -> dt.datetime:
        last = dt.datetime.combine(self.ends_on, dt.time(18), dt.UTC)
        return min(self.now - dt.timedelta(minutes=35), last)


class History:
    """Writes the rows of one learner; the same seed gives the same history."""

    def __init__(self, user: User, person: Person, term: Term, chance: random.Random) -> None:
        self.user, self.person, self.term, self.chance = user, person, term, chance
        self.pace = PACES[person.habit]

    def write(self, pathway: Pathway, share: float) -> dict[str, dt.datetime]:
        """Rows for the first `share` of the pathway; when each project activity was reached, by project slug."""
        places = [
            (module, one) for module in content.current().curriculum.modules_of(pathway) for one in module.activities
        ]
        wanted = places[: round(len(places) * share)]
        enrolment = Enrolment(user_id=self.user.id, pathway_uuid=pathway.uuid, created_at=self._first_day())
        db.session.add(enrolment)
        reached: dict[str, dt.datetime] = {}
        for (module, activity), at in zip(wanted, self._times(len(wanted)), strict=True):
            if activity.kind == "project":
                reached[activity.project] = at
                continue
            self._do(module, activity, at)
            enrolment.last_activity_uuid, enrolment.last_seen_at = activity.uuid, at
        if wanted and len(wanted) < len(places):
            self._begin(places[len(wanted)][1], enrolment)
        return reached

    def _first_day(self) -> dt.datetime:
        return dt.datetime.combine(self.term.starts_on, dt.time(8, self.chance.randrange(60)), dt.UTC)

    def _times(self, count: int) -> Iterator[dt.datetime]:
        """Rising moments between the first day and now, at the hours that this person keeps."""
        first = self._first_day() + dt.timedelta(hours=1)
        last = self.term.until - dt.timedelta(days=self.pace.quiet_days)
        span = max(dt.timedelta(hours=1), last - first)
        before = first
        for index in range(count):
            at = first + span * ((index + self.chance.uniform(0.3, 0.9)) / count)
            at = at.replace(hour=self.chance.randint(*self.pace.hours), minute=self.chance.randrange(60))
            at = min(max(at, before + dt.timedelta(minutes=self.chance.randint(9, 40))), self.term.until)
            before = at
            yield at

    def _do(self, module: Module, activity: Activity, at: dt.datetime) -> None:
        started = at - dt.timedelta(minutes=max(5, round(activity.minutes * self.chance.uniform(0.7, 1.5))))
        row = ActivityProgress(user_id=self.user.id, activity_uuid=activity.uuid, started_at=started, completed_at=at)
        if isinstance(activity, QuizActivity):
            row.score_percent = self._quiz(activity, at)
        if isinstance(activity, LabActivity) and not self._lab(activity, at):
            row.completed_at = None
        db.session.add(row)

    def _begin(self, activity: Activity, enrolment: Enrolment) -> None:
        at = (enrolment.last_seen_at or self.term.until) + dt.timedelta(minutes=4)
        db.session.add(ActivityProgress(user_id=self.user.id, activity_uuid=activity.uuid, started_at=at))
        enrolment.last_activity_uuid, enrolment.last_seen_at = activity.uuid, at

    def _quiz(self, activity: QuizActivity, at: dt.datetime) -> float:
        """Attempts until one passes, real answers to the real questions; the best score in percent."""
        best, tries = 0.0, self.chance.randint(0, 2) if self.chance.random() > self.pace.right else 0
        for number in range(tries + 1):
            attempt = self._attempt(activity, at - dt.timedelta(minutes=7 * (tries - number)), passes=number == tries)
            best = max(best, 100 * attempt.correct / attempt.questions)
            db.session.add(attempt)
        return best

    def _attempt(self, activity: QuizActivity, at: dt.datetime, *, passes: bool) -> QuizAttempt:
        questions = content.current().curriculum.quiz(activity.uuid).questions
        needed = -(-len(questions) * activity.pass_percent // 100)
        low, high = (needed, len(questions)) if passes else (max(0, needed - 3), needed - 1)
        right = max(low, min(high, sum(self.chance.random() < self.pace.right for _ in questions)))
        known = set(self.chance.sample(range(len(questions)), right))
        answers: dict[str, frozenset[int]] = {}
        for index, question in enumerate(questions):
            wrong = [number for number in range(len(question.options)) if number not in question.correct]
            picked = question.correct if index in known or not wrong else {self.chance.choice(wrong)}
            answers[question.id] = frozenset(picked)
        right = sum(question.correct == answers[question.id] for question in questions)
        return QuizAttempt(
            user_id=self.user.id,
            activity_uuid=activity.uuid,
            form_key=f"demo-{self.chance.getrandbits(64):016x}",
            answers={question.id: question.keys(answers[question.id]) for question in questions},
            correct=right,
            questions=len(questions),
            passed=100 * right / len(questions) >= activity.pass_percent,
            created_at=at,
        )

    def _lab(self, activity: LabActivity, at: dt.datetime) -> bool:
        """Steps of the lab with their tries and hints; whether all were passed."""
        lab = content.current().labs[activity.lab]
        gave_up = self.person.habit in UNFINISHED and self.chance.random() > self.pace.right
        steps = lab.steps[: self.chance.randint(1, len(lab.steps) - 1)] if gave_up else lab.steps
        for number, step in enumerate(steps):
            tries = 1 + sum(self.chance.random() > self.pace.right for _ in range(4))
            hints = sum(self.chance.random() < self.pace.hints for _ in step.hints)
            passed = at - dt.timedelta(minutes=6 * (len(steps) - number))
            key = {"user_id": self.user.id, "lab_uuid": lab.uuid, "step_id": step.id}
            db.session.add(LabStep(**key, attempts=tries, hints_shown=hints, passed_at=passed))
        return not gave_up
