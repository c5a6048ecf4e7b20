"""Fills an empty instance with the demo organisation, once; the same seed and day give the same rows."""

import datetime as dt
import random
from collections.abc import Sequence

from sqlalchemy import select

from curricula.schema import Pathway
from lms.demo.history import History, Term
from lms.demo.people import ADMINISTRATOR, FINISHED, INSTRUCTOR, RUNNING, Person, reach
from lms.demo.portfolio import Portfolio
from lms.models import AuditEntry, Cohort, CohortInstructor, CohortMember, Role, User, db
from lms.services import accounts, content

SEED = 2026
#: Signed in by `lms demo links`, besides the administrator and the instructor: ahead, in trouble, and finished.
SHOWN = ("Haruka Tanaka", "Priya Deshmukh", "Samuel Mensah")


def fill(*, now: dt.datetime | None = None, password: str | None = None, seed: int = SEED) -> bool:
    """Writes the organisation unless it is there; whether it was written now. A given password opens all accounts.

    Needs an application context and installed content.
    """
    written = find(ADMINISTRATOR) is None
    if written:
        _Organisation(now or dt.datetime.now(dt.UTC), seed).write()
        db.session.commit()
    if password:
        accounts.set_passwords(_everybody(), password)
    return written


def find(person: Person) -> User | None:
    return db.session.scalar(select(User).where(User.email == person.email))


def shown_people() -> list[tuple[str, User]]:
    """The accounts to look around with, each with what it is."""
    learners = [person for person in (*RUNNING, *FINISHED) if person.name in SHOWN]
    named = [("administrator", ADMINISTRATOR), ("instructor", INSTRUCTOR), *(("learner", one) for one in learners)]
    return [(what, user) for what, person in named if (user := find(person))]


def _everybody() -> list[User]:
    emails = [person.email for person in (ADMINISTRATOR, INSTRUCTOR, *RUNNING, *FINISHED)]
    return list(db.session.scalars(select(User).where(User.email.in_(emails))))


class _Organisation:
    def __init__(self, now: dt.datetime, seed: int) -> None:
        self.now, self.seed = now, seed
        self.pathway = content.current().curriculum.active_pathways[0]

    def write(self) -> None:
        today = self.now.date()
        self.administrator = self._account(ADMINISTRATOR, days=170, role=Role.ADMINISTRATOR)
        self.instructor = self._account(INSTRUCTOR, days=168)
        spring = Term(today - dt.timedelta(days=160), today - dt.timedelta(days=90), self.now)
        autumn = Term(today - dt.timedelta(days=41), today + dt.timedelta(days=20), self.now)
        self._cohort("Churn platform team, spring", FINISHED, spring)
        self._cohort("Risk and pricing, autumn", RUNNING, autumn)

    def _account(self, person: Person, *, days: int, role: Role = Role.LEARNER) -> User:
        at = self.now - dt.timedelta(days=days, minutes=len(person.email) * 7)
        user = User(email=person.email, name=person.name, role=role, created_at=at)
        db.session.add(user)
        db.session.flush()
        return user

    def _cohort(self, name: str, people: Sequence[Person], term: Term) -> None:
        made_at = dt.datetime.combine(term.starts_on - dt.timedelta(days=4), dt.time(9, 12), dt.UTC)
        cohort = Cohort(
            name=name,
            pathway_uuid=self.pathway.uuid,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            created_at=made_at,
        )
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=self.instructor.id))
        self._note(self.administrator, None, "cohort created", f"cohort {cohort.id}: {name}", made_at)
        self._note(self.administrator, self.instructor, "instructor added", f"cohort {cohort.id}: {name}", made_at)
        days = (self.now.date() - term.starts_on).days + 3
        for person in people:
            user = self._account(person, days=days)
            joined = made_at + dt.timedelta(hours=2)
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=user.id, joined_at=joined))
            self._note(self.instructor, user, "added to cohort", f"cohort {cohort.id}: {name}", joined)
            self._learn(user, person, term, self.pathway)

    def _learn(self, user: User, person: Person, term: Term, pathway: Pathway) -> None:
        chance = random.Random(f"{self.seed}:{person.email}")  # noqa: S311 - a story, not a secret
        share = reach(person, chance, planned=term.planned)
        reached = History(user, person, term, chance).write(pathway, share)
        Portfolio(user, person, self.instructor, term, chance).write(pathway, reached)
        db.session.flush()

    def _note(self, actor: User, subject: User | None, action: str, thing: str, at: dt.datetime) -> None:
        subject_id = subject.id if subject else None
        db.session.add(AuditEntry(actor_id=actor.id, subject_id=subject_id, action=action, object=thing, at=at))
