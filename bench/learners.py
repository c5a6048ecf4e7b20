"""The learner's home at the server, and a hundred learners at once while five labs run."""

import asyncio
import random
import re
import time
from dataclasses import dataclass, field

import httpx

from bench.measuring import heading, percentile, row
from bench.sign_ins import learners
from lms.services import content
from tests.factories.instance import Instance, instance
from tests.factories.waiting import until

LEARNERS, LABS, SECONDS = 100, 5, 60
#: Seconds that a fast reader stays on a page; closed loop, so this sets the rate.
THINK = (1.0, 3.0)
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Learner:
    """Signed in, with a connection of their own and the token of a page."""

    def __init__(self, platform: Instance, cookies: httpx.Cookies, page: str) -> None:
        self.client = httpx.Client(base_url=platform.address, cookies=cookies, timeout=60)
        self._token = token_of(self.client.get(page))

    def post(self, path: str) -> None:
        """An order, as a form sends it."""
        answer = self.client.post(path, data={"csrf_token": self._token})
        assert answer.status_code in (200, 302), answer.text


def token_of(page: httpx.Response) -> str:
    """What the forms of a page send along."""
    return (TOKEN.search(page.text) or ["", ""])[1]


@dataclass
class Seen:
    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def _visit(client: httpx.AsyncClient, seen: Seen, method: str, url: str, **more: object) -> httpx.Response:
    started = time.monotonic()
    try:
        answer = await client.request(method, url, **more)  # type: ignore[arg-type]
    except httpx.HTTPError as error:
        seen.errors.append(f"{method} {url}: {error!r}")
        raise
    seen.times.append(time.monotonic() - started)
    if answer.status_code >= 400:
        seen.errors.append(f"{method} {url}: {answer.status_code}")
    return answer


async def _learner(base: str, cookies: httpx.Cookies, seen: Seen, end: float) -> None:
    """Home, first lesson, a place in it, its quiz with random answers, the result; again until the time is over."""
    curriculum = content.current().curriculum
    pathway = curriculum.active_pathways[0]
    module = curriculum.modules_of(pathway)[0]
    lesson = next(one for one in module.activities if one.kind == "lesson")
    quiz = next(one for one in module.activities if one.kind == "quiz")
    folder = f"/pathways/{pathway.slug}/{module.slug}"
    async with httpx.AsyncClient(base_url=base, cookies=cookies, timeout=30) as client:
        await asyncio.sleep(random.uniform(0, THINK[1]))
        while time.monotonic() < end:
            await _visit(client, seen, "GET", "/")
            await asyncio.sleep(random.uniform(*THINK))
            page = await _visit(client, seen, "GET", f"{folder}/{lesson.uuid}")
            token = token_of(page)
            await asyncio.sleep(random.uniform(*THINK))
            place = {"csrf_token": token, "anchor": "some-heading"}
            await _visit(client, seen, "POST", f"{folder}/{lesson.uuid}/place", data=place)
            await _visit(client, seen, "GET", f"{folder}/{quiz.uuid}")
            await asyncio.sleep(random.uniform(*THINK))
            questions = curriculum.quiz(quiz.uuid).questions
            given = {f"q-{one.id}": str(random.randrange(len(one.options))) for one in questions}
            given |= {"csrf_token": token, "form_key": f"{random.getrandbits(64):x}"}
            await _visit(client, seen, "POST", f"{folder}/{quiz.uuid}/answers", data=given, follow_redirects=True)
            await asyncio.sleep(random.uniform(*THINK))


async def _crowd(platform: Instance, cookies: list[httpx.Cookies]) -> Seen:
    seen, end = Seen(), time.monotonic() + SECONDS
    crowd = (_learner(platform.address, one, seen, end) for one in cookies)
    await asyncio.gather(*crowd, return_exceptions=True)
    return seen


def _one_by_one(platform: Instance, cookies: httpx.Cookies, path: str, *, rounds: int = 200) -> list[float]:
    times = []
    with httpx.Client(base_url=platform.address, cookies=cookies) as client:
        for _ in range(rounds):
            started = time.monotonic()
            assert client.get(path).status_code == 200
            times.append(time.monotonic() - started)
    return times


def _start_labs(platform: Instance, cookies: list[httpx.Cookies]) -> None:
    slug = next(iter(content.current().labs)).slug
    starting = [Learner(platform, one, f"/labs/{slug}") for one in cookies]
    for one in starting:
        one.post(f"/labs/{slug}/start")
    until("the labs", lambda: all("lab-tabs" in one.client.get(f"/labs/{slug}").text for one in starting), seconds=300)


def main() -> None:
    with instance(with_labs=True) as platform:
        platform.start()
        cookies = learners(platform.settings, LEARNERS)
        home, floor = _one_by_one(platform, cookies[0], "/"), _one_by_one(platform, cookies[0], "/livez")
        heading("one learner, one connection", "p50 ms", "p95 ms", "ratio of p50")
        for name, times in (("floor: /livez", floor), ("learner home (goal: 50 ms)", home)):
            p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
            row(name, f"{p50 * 1000:.1f}", f"{p95 * 1000:.1f}", f"{p50 / percentile(floor, 0.5):.1f}")
        _start_labs(platform, cookies[:LABS])
        seen = asyncio.run(_crowd(platform, cookies))
    print()
    heading(f"{LEARNERS} learners for {SECONDS} s, {LABS} labs running, production limits on", "")
    row("requests", f"{len(seen.times)} ({len(seen.times) / SECONDS:.0f} a second)")
    row("errors (goal: 0)", str(len(seen.errors)))
    for share, goal in ((0.5, ""), (0.95, " (goal: 500)"), (0.99, ""), (1.0, "")):
        row(f"p{share * 100:.0f} ms{goal}", f"{percentile(seen.times, share) * 1000:.0f}")
    for error in seen.errors[:5]:
        print(f"\n    {error}")
