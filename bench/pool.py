"""A lab that was kept ready: from the POST until its JupyterLab answers 200 to a key that nobody held before.

Ten learners ask at the same moment for a pool of ten, and then ten others for a pool of three.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
from sqlalchemy import func, select

from bench.cluster_place import Ground, ground
from bench.learners import TOKEN
from bench.measuring import percentile
from bench.sign_ins import learners
from lms.database import database_app
from lms.models import Lab, db
from tests.factories.instance import Instance
from tests.factories.waiting import until

SLUG = "tour-your-lab"
ASKING = 10
DOOR = re.compile(r'"(http://[^"]+token=[^"]+)"')


def _kept_ready(platform: Instance) -> int:
    with database_app(platform.settings).app_context():
        wanted = select(func.count()).select_from(Lab).where(Lab.state == "ready", Lab.user_id.is_(None))
        found = db.session.scalar(wanted)
        db.session.rollback()
        return found or 0


def _claim(platform: Instance, cookies: httpx.Cookies, together: Barrier, door: str) -> float | None:
    """Seconds; None for whoever was given a place in the queue."""
    with httpx.Client(base_url=platform.address, cookies=cookies, timeout=60) as client:
        token = (TOKEN.search(client.get(f"/labs/{SLUG}").text) or ["", ""])[1]
        together.wait()
        started = time.monotonic()
        page = client.post(f"/labs/{SLUG}/start", data={"csrf_token": token}, follow_redirects=True)
        assert page.status_code == 200, page
        found = DOOR.search(page.text)
        if found is None:
            assert "in line" in page.text or "waiting" in page.text.lower(), page.text[:2000]
            return None
        url = httpx.URL(found[1].replace("&amp;", "&"))
        # By the door's address: browsers find names below localhost by themselves, this client does not.
        direct = httpx.URL(f"http://{door}").join(url.raw_path.decode())
        answer = client.get(direct, headers={"Host": url.netloc.decode()}, follow_redirects=True)
        assert answer.status_code == 200, answer
        return time.monotonic() - started


def _round(place: Ground, pool: int, *, places: int) -> list[float | None]:
    with place.platform(lab_pool=f"{SLUG}={pool}", labs_at_once=str(places)) as platform:
        until("the pool", lambda: _kept_ready(platform) >= pool, seconds=900)
        together = Barrier(ASKING)
        door = f"{place.machine.places.addresses.node}:{place.settings.door.port}"
        with ThreadPoolExecutor(ASKING) as hands:
            asked = [hands.submit(_claim, platform, one, together, door) for one in learners(platform.settings, ASKING)]
            return [one.result() for one in asked]


def main() -> None:
    with ground() as place:
        print("| ten claims at once | answered | p50 ms | p95 ms (goal: 250) | in the queue | errors |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        for pool in (10, 3):
            seen = _round(place, pool, places=pool)
            place.empty()
            times = [one for one in seen if one is not None]
            p50, p95 = percentile(times, 0.5) * 1000, percentile(times, 0.95) * 1000
            print(
                f"| pool of {pool} | {len(times)} | {p50:.0f} | {p95:.0f} | {len(seen) - len(times)} | 0 |", flush=True
            )
