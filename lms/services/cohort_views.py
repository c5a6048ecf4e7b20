"""What an instructor sees of a cohort: a fixed number of queries, however many learners there are."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from sqlalchemy import select

from curricula.schema import Module, Pathway
from lms.models import Cohort, CohortMember, Desired, Enrolment, Lab, User, db
from lms.services import cohort_work, cohorts, content, lab_troubles, progress, risk
from lms.services.cohort_work import HandedIn
from lms.services.lab_status import Shown, shown_state
from lms.services.progress import Share, Standing

WEEK = dt.timedelta(days=7)
Sorting = Literal["name", "progress", "active", "risk"]


@dataclasses.dataclass(frozen=True)
class WantedLab:
    """A lab that runs or is to run; `trouble` names what is in its way on the platform's side."""

    title: str
    shown: Shown
    trouble: str | None

    @property
    def runs(self) -> bool:
        return self.shown in ("starting", "ready")


@dataclasses.dataclass(frozen=True)
class Member:
    """One learner of the cohort; `cells` are the percents of the modules in the order of the pathway."""

    user: User
    share: Share
    at: Module | None
    last_active: dt.datetime | None
    risks: list[str]
    cells: tuple[float, ...]
    labs: tuple[WantedLab, ...]
    submissions: tuple[HandedIn, ...]

    @property
    def best(self) -> HandedIn | None:
        """The submission with the most points, else the newest."""
        reported = [one for one in self.submissions if one.score]
        return max(reported, key=_points, default=next(iter(self.submissions), None))


def _points(one: HandedIn) -> float:
    return one.score.points if one.score else -1.0


@dataclasses.dataclass(frozen=True)
class CohortView:
    """The cohort with all its learners, by name."""

    cohort: Cohort
    pathway: Pathway
    modules: tuple[Module, ...]
    instructors: list[User]
    members: tuple[Member, ...]
    expected: float
    now: dt.datetime

    @property
    def phase(self) -> Literal["ahead", "running", "ended"]:
        today = self.now.date()
        if today < self.cohort.starts_on:
            return "ahead"
        return "ended" if today > self.cohort.ends_on else "running"

    @cached_property
    def at_risk(self) -> list[Member]:
        return sorted((one for one in self.members if one.risks), key=lambda one: (-len(one.risks), one.share.percent))

    @property
    def mean_percent(self) -> float:
        return sum(one.share.percent for one in self.members) / len(self.members) if self.members else 0.0

    @property
    def finished(self) -> int:
        return sum(one.share.complete for one in self.members)

    @property
    def active_this_week(self) -> int:
        return sum(one.last_active is not None and one.last_active > self.now - WEEK for one in self.members)

    @property
    def wanted_labs(self) -> list[tuple[Member, WantedLab]]:
        return [(member, one) for member in self.members for one in member.labs]

    @property
    def labs_running(self) -> int:
        """Those that hold a place; others wait for one, or failed."""
        return sum(one.runs for _, one in self.wanted_labs)

    @cached_property
    def submissions(self) -> list[tuple[Member, HandedIn]]:
        """Newest first; what needs staff comes before all."""
        pairs = [(member, one) for member in self.members for one in member.submissions]
        return sorted(pairs, key=lambda pair: (not pair[1].needs_staff, -pair[1].id))

    @property
    def needing_staff(self) -> int:
        return sum(one.needs_staff for _, one in self.submissions)

    def module_means(self) -> list[float]:
        """The mean percent of each module over all learners."""
        count = len(self.members) or 1
        return [sum(one.cells[index] for one in self.members) / count for index in range(len(self.modules))]

    def found(self, search: str, *, only_risk: bool, sorting: Sorting) -> list[Member]:
        """The learners whose name or address holds `search`, in the order asked for."""
        wanted = search.strip().casefold()
        members = [one for one in self.members if wanted in one.user.name.casefold() or wanted in one.user.email]
        members = [one for one in members if one.risks] if only_risk else members
        never = dt.datetime.min.replace(tzinfo=dt.UTC)
        if sorting == "progress":
            return sorted(members, key=lambda one: -one.share.percent)
        if sorting == "active":
            return sorted(members, key=lambda one: one.last_active or never, reverse=True)
        return sorted(members, key=lambda one: -len(one.risks)) if sorting == "risk" else members


def view(actor: User, cohort_id: int) -> CohortView:
    """The whole cohort page, for who teaches the cohort."""
    cohort = cohorts.get(actor, cohort_id)
    pathway = content.current().curriculum.pathway(cohort.pathway_uuid)
    modules = content.current().curriculum.modules_of(pathway)
    people = cohorts.members(cohort)
    now = dt.datetime.now(dt.UTC)
    expected = risk.expected_percent(cohort.starts_on, cohort.ends_on, now.date())
    standings = progress.standings(user.id for user in people)
    labs, handed_in, seen = _labs(cohort), cohort_work.of_cohort(cohort.id), _seen(cohort)
    members = []
    for user in people:
        standing, work = standings[user.id], handed_in.get(user.id, [])
        last_active = _latest(standing.last_active(), seen.get(user.id), *(one.at for one in work))
        share = standing.share(modules)
        risks = risk.reasons(
            share=share,
            last_active=last_active,
            verdicts=[one.score.verdict for one in work if one.score],
            expected=expected,
            ends_on=cohort.ends_on,
            now=now,
        )
        members.append(_member(user, pathway, modules, standing, share, last_active, risks, labs[user.id], work))
    return CohortView(cohort, pathway, modules, cohorts.instructors(cohort), tuple(members), expected, now)


def _member(
    user: User,
    pathway: Pathway,
    modules: Sequence[Module],
    standing: Standing,
    share: Share,
    last_active: dt.datetime | None,
    risks: list[str],
    labs: list[WantedLab],
    work: list[HandedIn],
) -> Member:
    following = standing.next_on(pathway)
    cells = tuple(standing.of_module(module).percent for module in modules)
    at = following[0] if following else None
    return Member(user, share, at, last_active, risks, cells, tuple(labs), tuple(work))


def _latest(*moments: dt.datetime | None) -> dt.datetime | None:
    return max((one for one in moments if one is not None), default=None)


def _seen(cohort: Cohort) -> dict[int, dt.datetime]:
    """When each learner last had a page of the pathway open."""
    rows = (
        select(Enrolment.user_id, Enrolment.last_seen_at)
        .join(CohortMember, CohortMember.user_id == Enrolment.user_id)
        .where(CohortMember.cohort_id == cohort.id, Enrolment.pathway_uuid == cohort.pathway_uuid)
    )
    return {row.user_id: row.last_seen_at for row in db.session.execute(rows) if row.last_seen_at}


def _labs(cohort: Cohort) -> dict[int, list[WantedLab]]:
    """Labs that run or are to run, by learner, as their pages show them."""
    found: dict[int, list[WantedLab]] = defaultdict(list)
    learners = select(CohortMember.user_id).where(CohortMember.cohort_id == cohort.id)
    wanted = select(Lab).where(Lab.user_id.in_(learners), Lab.live_key.is_not(None), Lab.desired == Desired.RUNNING)
    for lab in db.session.scalars(wanted.order_by(Lab.id)):
        if (written := content.current().labs.get(lab.lab_uuid)) is not None:
            trouble = lab_troubles.of(lab)
            found[lab.owner_id].append(WantedLab(written.title, shown_state(lab), trouble.title if trouble else None))
    return found
