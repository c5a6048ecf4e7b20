"""A lab that was kept ready: from the POST until its JupyterLab answers 200 to a key that nobody held before.

Ten learners ask at the same moment for a pool of ten, and then ten others for a pool of three. The floor is the second
half alone: ten owners open their JupyterLab anew, at the same moment, without asking the platform for anything.
"""

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import httpx
import psutil
from sqlalchemy import func, select

from bench.cluster_place import Ground, ground
from bench.learners import TOKEN
from bench.measuring import percentile
from bench.sign_ins import learners
from lms.database import database_app
from lms.models import Lab, db
from tests.factories.instance import Instance, instance
from tests.factories.waiting import until

#: MLflow and a workspace: ten of them have room on a node of two cores and 24 GiB, as the cluster reserves it.
SLUG = "track-experiments"
ASKING = 10
SIZES = (10, 3)
QUIET_PERCENT = 15
DOOR = re.compile(r'"(http://[^"]+token=[^"]+)"')
QUEUED = re.compile(r"in line|place [0-9]+|number [0-9]+", re.IGNORECASE)


@dataclass(frozen=True)
class Claimed:
    """Seconds since the POST left: until the platform's page was there, and until JupyterLab's; `again` the floor."""

    page: float
    open: float
    again: float


class Asking:
    """One signed-in learner with open connections; `door` is where browsers would find the names below localhost."""

    def __init__(self, platform: Instance, cookies: httpx.Cookies, door: str | None) -> None:
        self.client = httpx.Client(base_url=platform.address, cookies=cookies, timeout=60, follow_redirects=True)
        self.browser = httpx.Client(timeout=60)
        self.door = door

    def claim(self, together: Barrier) -> Claimed | None:
        """None for whoever was given a place in the queue."""
        token = (TOKEN.search(self.client.get(f"/labs/{SLUG}").text) or ["", ""])[1]
        together.wait()
        started = time.monotonic()
        page = self.client.post(f"/labs/{SLUG}/start", data={"csrf_token": token})
        shown = time.monotonic() - started
        assert page.status_code == 200, page
        found = DOOR.search(page.text)
        if found is None:
            assert QUEUED.search(page.text), page.text
            together.wait()
            return None
        url = httpx.URL(found[1].replace("&amp;", "&"))
        self._opens(self.browser, url)
        whole = time.monotonic() - started
        with httpx.Client(timeout=60) as fresh:
            together.wait()
            started = time.monotonic()
            self._opens(fresh, url)
            return Claimed(shown, whole, time.monotonic() - started)

    def _opens(self, browser: httpx.Client, url: httpx.URL) -> None:
        """JupyterLab's page, with the cookie that its first answer gives."""
        host = url.netloc.decode()
        base = httpx.URL(f"http://{self.door or f'127.0.0.1:{url.port}'}")
        answer = browser.get(base.join(url.raw_path.decode()), headers={"Host": host})
        while answer.is_redirect:
            where = url.join(answer.headers["Location"])
            assert where.netloc == url.netloc, answer
            answer = browser.get(base.join(where.raw_path.decode()), headers={"Host": host})
        assert answer.status_code == 200, answer
        assert "jupyter" in answer.text.lower(), answer.text[:500]


def _kept_ready(platform: Instance) -> int:
    with database_app(platform.settings).app_context():
        wanted = select(func.count()).select_from(Lab).where(Lab.state == "ready", Lab.user_id.is_(None))
        found = db.session.scalar(wanted)
        db.session.rollback()
        return found or 0


def _round(platform: Instance, pool: int, door: str | None) -> Sequence[Claimed | None]:
    until("the pool", lambda: _kept_ready(platform) >= pool, seconds=600, every=0.5)
    # Labs that have just come up still count; those of a pool have been there for a while.
    until("the machine is quiet", lambda: psutil.cpu_percent(interval=1) < QUIET_PERCENT, seconds=120)
    together = Barrier(ASKING)
    asking = [Asking(platform, one, door) for one in learners(platform.settings, ASKING)]
    with ThreadPoolExecutor(ASKING) as hands:
        return [one.result() for one in [hands.submit(one.claim, together) for one in asking]]


def _row(name: str, seen: Sequence[Claimed | None]) -> None:
    claimed = [one for one in seen if one is not None]
    told: Sequence[tuple[Callable[[Claimed], float], float]] = (
        (lambda one: one.again, 0.5), (lambda one: one.again, 0.95), (lambda one: one.page, 0.5),
        (lambda one: one.open, 0.5), (lambda one: one.open, 0.95),
    )  # fmt: skip
    cells = [f"{percentile([of(one) for one in claimed], share) * 1000:.0f}" for of, share in told]
    print(f"| {name} | {len(claimed)} | {len(seen) - len(claimed)} | {' | '.join(cells)} |", flush=True)


def _settings(pool: int) -> dict[str, str]:
    return {"lab_pool": f"{SLUG}={pool}", "labs_at_once": str(pool), "limits_enabled": "false"}


def _on_processes(pool: int) -> None:
    with instance(with_labs=True, **_settings(pool)) as platform:
        platform.start()
        _row(f"processes, pool of {pool}", _round(platform, pool, None))


def _on_the_cluster(place: Ground, pool: int) -> None:
    with place.platform(**_settings(pool)) as platform:
        door = f"{place.machine.places.addresses.node}:{place.settings.door.port}"
        _row(f"cluster, pool of {pool}", _round(platform, pool, door))
    place.empty()


def main() -> None:
    print(f"{ASKING} claims at the same moment of `{SLUG}`; an error ends the bench.\n")
    print(
        "| labs as | got one | in the queue | JupyterLab alone p50 ms | p95 ms | page with the key p50 ms "
        "| JupyterLab open p50 ms | p95 ms (goal: 250) |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for pool in SIZES:
        _on_processes(pool)
    with ground() as place:
        for pool in SIZES:
            _on_the_cluster(place, pool)
