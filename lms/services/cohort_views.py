"""What an instructor sees of a cohort: a fixed number of queries, however many learners there are."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from curricula.schema import Module, Pathway
from lms.models import Cohort, Lab, Submission, User, db
from lms.services import cohorts, content, progress, risk, submission_views
from lms.services.lab_views import shown_state
from lms.services.progress import Share, Standing
from lms.services.submission_views import SubmissionView


@dataclasses.dataclass(frozen=True)
class Member:
    """One learner of the cohort; `cells` are the percents of the modules in the order of the pathway."""

    user: User
    share: Share
    at: Module | None
    last_active: dt.datetime | None
    risks: list[str]
    cells: tuple[float, ...]
    labs: tuple[tuple[str, str], ...]
    submissions: tuple[SubmissionView, ...]

    @property
    def best(self) -> SubmissionView | None:
        """The submission with the most points, else the newest."""
        reported = [one for one in self.submissions if one.report]
        return max(reported, key=lambda one: one.report.points, default=next(iter(self.submissions), None))


@dataclasses.dataclass(frozen=True)
class CohortView:
    cohort: Cohort
    pathway: Pathway
    modules: tuple[Module, ...]
    instructors: list[User]
    members: tuple[Member, ...]
    expected: float

    @property
    def at_risk(self) -> list[Member]:
        return sorted((one for one in self.members if one.risks), key=lambda one: (-len(one.risks), one.user.name))

    @property
    def mean_percent(self) -> float:
        return sum(one.share.percent for one in self.members) / len(self.members) if self.members else 0.0

    @property
    def active_this_week(self) -> int:
        border = dt.datetime.now(dt.UTC) - dt.timedelta(days=7)
        return sum(one.last_active is not None and one.last_active > border for one in self.members)

    @property
    def running_labs(self) -> list[tuple[Member, str, str]]:
        return [(member, slug, shown) for member in self.members for slug, shown in member.labs]

    @property
    def recent_submissions(self) -> list[tuple[Member, SubmissionView]]:
        """Newest first; what needs staff comes before all."""
        pairs = [(member, one) for member in self.members for one in member.submissions]
        return sorted(pairs, key=lambda pair: (pair[1].status != "needs staff", -pair[1].submission.id))


def view(cohort_id: int) -> CohortView:
    """The whole cohort page."""
    cohort = cohorts.get(cohort_id)
    pathway = content.current().curriculum.pathway(cohort.pathway_uuid)
    modules = content.current().curriculum.modules_of(pathway)
    people = cohorts.members(cohort)
    now = dt.datetime.now(dt.UTC)
    expected = risk.expected_percent(cohort.starts_on, cohort.ends_on, now.date())
    standings = progress.standings(user.id for user in people)
    labs, handed_in = _labs(people), _submissions(people)
    members = tuple(
        _member(
            user, pathway, modules, standings[user.id], labs[user.id], handed_in[user.id], expected=expected, now=now
        )
        for user in people
    )
    return CohortView(cohort, pathway, modules, cohorts.instructors(cohort), members, expected)


def _member(
    user: User,
    pathway: Pathway,
    modules: Sequence[Module],
    standing: Standing,
    labs: list[tuple[str, str]],
    handed_in: list[SubmissionView],
    *,
    expected: float,
    now: dt.datetime,
) -> Member:
    share = standing.share(modules)
    following = standing.next_on(pathway)
    last_active = standing.last_active()
    verdicts = [one.report.verdict for one in handed_in if one.report]
    return Member(
        user=user,
        share=share,
        at=following[0] if following else None,
        last_active=last_active,
        risks=risk.reasons(share=share, last_active=last_active, verdicts=verdicts, expected=expected, now=now),
        cells=tuple(standing.of_module(module).percent for module in modules),
        labs=tuple(labs),
        submissions=tuple(handed_in),
    )


def _labs(people: Sequence[User]) -> dict[int, list[tuple[str, str]]]:
    """Live labs by learner: the lab's title and what its page shows."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    wanted = select(Lab).where(Lab.user_id.in_([user.id for user in people]), Lab.live_key.is_not(None))
    for lab in db.session.scalars(wanted):
        written = content.current().labs.get(lab.lab_uuid)
        if written is not None and (shown := shown_state(lab)) not in ("none", "stopped"):
            found[lab.user_id].append((written.title, shown))
    return found


def _submissions(people: Sequence[User]) -> dict[int, list[SubmissionView]]:
    """Submissions by learner, newest first."""
    wanted = select(Submission.id).where(Submission.user_id.in_([user.id for user in people]))
    views = submission_views.latest(list(db.session.scalars(wanted.order_by(Submission.id.desc()))))
    found: dict[int, list[SubmissionView]] = defaultdict(list)
    for one in views.values():
        found[one.submission.user_id].append(one)
    return found
