"""Labs on a real cluster: from the click to ready, by phase, for 1, 5 and 10 full labs at once.

The floor is the very same objects, applied by one client at the same concurrency, and waited for: no platform, no
database, no worker; its client is an administrator, and reads nothing back before it goes on. It is measured before
the platform and after it, for a machine drifts.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from itertools import islice
from statistics import mean, median

import httpx
from sqlalchemy import select

from bench.cluster_place import Floor, Ground, Made, floor, ground
from bench.learners import Learner
from bench.measuring import heading, row
from bench.sign_ins import learners
from labs.components.loader import known_components
from labs.providers.kubernetes.manifests.recipe import Recipe, recipe
from lms import content as files
from lms.database import database_app
from lms.models import Lab, db
from lms.services import content
from tests.factories.instance import Instance
from tests.factories.waiting import until

#: How many at once, and how often: the time of a single lab is short enough to be the median of several.
ROUNDS = {1: 3, 5: 2, 10: 1}
#: All four components, with the learner's files.
SLUG = "tour-your-lab"


@dataclass(frozen=True)
class Phases:
    """Seconds from the click to: the namespace, the last workload's order, the last ready pod, what the page says.

    Those in the middle are by the cluster's clock, which knows whole seconds only.
    """

    namespace: float
    ordered: float
    pods: float
    ready: float


def _recipes(place: Ground, count: int) -> list[Recipe]:
    """As the platform orders them, under numbers that it does not use."""
    lab = content.current().labs[SLUG]
    known = {name: known_components()[name] for name in lab.components}
    order = place.installation.order
    more = {"components": lab.components, "starter": lab.starter, "open": lab.open, "limits": {}}
    return [recipe(order(100_000 + number, **more), known, place.settings) for number in range(count)]


def _by_hand(place: Ground, count: int) -> list[Floor]:
    seen = []
    for _ in range((ROUNDS[count] + 1) // 2):
        seen.append(floor(place.administrator(), _recipes(place, count)))
        place.empty()
    return seen


def _clicked(place: Ground, platform: Instance, people: Sequence[httpx.Cookies]) -> list[Phases]:
    with database_app(platform.settings).app_context():
        newest = max((one.id for one in _since(0)), default=0)
        asking = [Learner(platform, one, f"/labs/{SLUG}") for one in people]
        with ThreadPoolExecutor(len(asking)) as hands:
            list(hands.map(lambda one: one.post(f"/labs/{SLUG}/start"), asking))
        until("the labs", lambda: _are_ready(_since(newest)), seconds=900, every=0.25)
        rows = sorted(_since(newest), key=lambda one: one.owner_id)
        seen = [_phases(one, place.made(one.id)) for one in rows]
        for learner, one in zip(asking, rows, strict=True):
            learner.post(f"/labs/of/{one.id}/delete")
    until("an empty cluster", lambda: not place.installation.labs(), seconds=300)
    return seen


def _since(newest: int) -> Sequence[Lab]:
    """As they are now; the transaction ends at once, for SQLite has one writer."""
    rows = db.session.scalars(select(Lab).where(Lab.id > newest)).all()
    db.session.expunge_all()
    db.session.rollback()
    return rows


def _are_ready(rows: Sequence[Lab]) -> bool:
    troubles = [one.problem or one.trouble for one in rows if one.problem or one.trouble]
    assert not troubles, troubles
    return all(one.state == "ready" for one in rows)


def _phases(row: Lab, made: Made) -> Phases:
    assert row.start_asked_at
    assert row.ready_at
    asked = row.start_asked_at.timestamp()
    return Phases(made.namespace - asked, made.ordered - asked, made.pods - asked, row.ready_at.timestamp() - asked)


def _row(count: int, by_hand: Sequence[Floor], clicked: Sequence[Sequence[Phases]]) -> None:
    applied, least = (median(column) for column in zip(*map(astuple, by_hand), strict=True))
    ours = median(max(one.ready for one in each) for each in clicked)
    everyone = [astuple(one) for each in clicked for one in each]
    means = [f"{mean(column):.1f}" for column in zip(*everyone, strict=True)]
    row(str(count), f"{applied:.1f}", f"{least:.1f}", f"{ours:.1f}", f"{ours / least:.2f}", *means)


def main(rounds: Sequence[int] = tuple(ROUNDS)) -> None:
    files.load()
    with ground() as place:
        floor(place.administrator(), _recipes(place, 1))  # not counted: it brings programs into memory for all others
        place.empty()
        heading(
            "full labs at once", "floor: applied s", "ready s", "click to ready s (slowest)", "ratio (goal: 1.10)",
            "mean s to: namespace", "all ordered", "pods ready", "ready",
        )  # fmt: skip
        before = {count: _by_hand(place, count) for count in rounds}
        with place.platform() as platform:
            people = iter(learners(platform.settings, 1 + sum(count * ROUNDS[count] for count in rounds)))
            _clicked(place, platform, [next(people)])  # as above, for the platform's own
            clicked = {count: _crowds(place, platform, people, count) for count in rounds}
        for count in rounds:
            _row(count, [*before[count], *_by_hand(place, count)], clicked[count])


def _crowds(place: Ground, platform: Instance, people: Iterator[httpx.Cookies], count: int) -> list[list[Phases]]:
    return [_clicked(place, platform, list(islice(people, count))) for _ in range(ROUNDS[count])]
