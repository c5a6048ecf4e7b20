"""Labs on a real cluster: from the click to ready for 1, 5 and 10 full labs at once, and 50 labs that only wait.

The floor is the very same objects, applied by one client at the same concurrency, and waited for.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import mean

import httpx
from sqlalchemy import select

from bench.cluster_place import Ground, floor, ground
from bench.learners import TOKEN
from bench.sign_ins import learners
from labs.components.loader import known_components
from labs.providers.kubernetes.manifests.recipe import Recipe, recipe
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.spec import LabSpec
from lms.database import database_app
from lms.models import Lab, db
from lms.services import content
from lms.services.lab_reconciler import LOOK_AGAIN_SECONDS
from tests.cluster.pausing import PausingCluster
from tests.factories.instance import Instance
from tests.factories.waiting import until

AT_ONCE = (1, 5, 10)
EVERYTHING = ("mlflow", "serving", "prometheus", "workspace")
PAUSED = 50
HANDS = 10
"""Labs that are worked on at the same time, as by so many worker processes."""


def _recipes(place: Ground, count: int, *, paused: bool) -> list[Recipe]:
    known = {name: known_components()[name] for name in EVERYTHING}
    settings = place.paused() if paused else place.settings
    first = 1000 if paused else 2000
    orders = (place.installation.order(first + number, components=EVERYTHING) for number in range(count))
    return [recipe(one, known, settings) for one in orders]


def _full_lab() -> str:
    return next(one.slug for one in content.current().labs if set(one.components) == set(EVERYTHING))


def _click(client: httpx.Client, slug: str) -> None:
    token = (TOKEN.search(client.get(f"/labs/{slug}").text) or ["", ""])[1]
    assert client.post(f"/labs/{slug}/start", data={"csrf_token": token}).status_code in (200, 302)


def _click_to_ready(platform: Instance, cookies: Sequence[httpx.Cookies]) -> list[dict[str, float]]:
    """Seconds of each lab: until a worker had it, until its pods were ordered, until it was ready."""
    slug = _full_lab()
    clients = [httpx.Client(base_url=platform.address, cookies=one, timeout=60) for one in cookies]
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(lambda client: _click(client, slug), clients))
    with database_app(platform.settings).app_context():
        until("the labs", lambda: len(_rows_ready()) == len(clients), seconds=900)
        return [_phases(row) for row in _rows_ready()]


def _rows_ready() -> list[Lab]:
    db.session.rollback()
    return list(db.session.scalars(select(Lab).where(Lab.state == "ready", Lab.user_id.is_not(None))))


def _phases(row: Lab) -> dict[str, float]:
    assert row.start_asked_at and row.admitted_at and row.ready_at and row.observed
    asked = row.start_asked_at.timestamp()
    ordered = float(row.observed["seen"]["started_at"])
    return {
        "taken": row.admitted_at.timestamp() - asked,
        "ordered": max(ordered - asked, 0.0),
        "ready": row.ready_at.timestamp() - asked,
    }


def _full_labs(place: Ground) -> None:
    print(
        "| full labs at once | floor s | click to ready s (slowest) | ratio | taken s | pods ordered s | mean ready s |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for count in AT_ONCE:
        by_hand = floor(place.client(), _recipes(place, count, paused=False))
        place.empty()
        with place.platform() as platform:
            seen = _click_to_ready(platform, learners(platform.settings, count))
        place.empty()
        slowest = max(one["ready"] for one in seen)
        means = {name: mean(one[name] for one in seen) for name in seen[0]}
        print(
            f"| {count} | {by_hand:.1f} | {slowest:.1f} | {slowest / by_hand:.2f} | {means['taken']:.2f} "
            f"| {means['ordered']:.1f} | {means['ready']:.1f} |",
            flush=True,
        )


def _paused_labs(place: Ground) -> None:
    client = PausingCluster.of_kubeconfig(str(place.kubeconfig))
    by_hand = floor(client, _recipes(place, PAUSED, paused=True))
    place.empty()
    provider = KubernetesProvider(client, place.paused(), installation=place.installation.name)
    orders = [one.lab for one in _recipes(place, PAUSED, paused=True)]
    started = time.monotonic()
    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(lambda lab: _until_ready(provider, lab), orders))
    ours = time.monotonic() - started
    gone = time.monotonic()
    place.empty()
    print(f"\n| {PAUSED} labs of pods that only wait | s | ratio | namespaces a minute |\n| --- | ---: | ---: | ---: |")
    print(f"| floor | {by_hand:.1f} | | {PAUSED / by_hand * 60:.0f} |")
    print(f"| the provider, {HANDS} at a time | {ours:.1f} | {ours / by_hand:.2f} | {PAUSED / ours * 60:.0f} |")
    print(f"| deleted again | {time.monotonic() - gone:.1f} | | |", flush=True)


def _until_ready(provider: KubernetesProvider, lab: LabSpec) -> None:
    while (seen := provider.ensure(lab)).state != "ready":
        if seen.problem:
            raise SystemExit(f"the lab did not start: {seen.problem}")
        time.sleep(LOOK_AGAIN_SECONDS)


def main() -> None:
    with ground() as place:
        _full_labs(place)
        _paused_labs(place)
