"""Pages per second against Kolibri, a learning platform of the same language that also comes with `pip install`.

Both serve a signed-in learner the page they land on, from their own production server, to the same client.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from bench import environments
from bench.measuring import answers, heading, percentile, row
from bench.sign_ins import learners
from labs.exams.services import free_port
from tests.factories.instance import instance
from tests.factories.waiting import until

SECONDS, CLIENTS = 15, 16
PASSWORD = "bench password"


async def _pages(base: str, path: str, cookies: httpx.Cookies) -> list[float]:
    times: list[float] = []
    end = time.monotonic() + SECONDS

    async def one() -> None:
        async with httpx.AsyncClient(base_url=base, cookies=cookies, timeout=30) as client:
            while time.monotonic() < end:
                started = time.monotonic()
                answer = await client.get(path)
                assert answer.status_code == 200, f"{base}{path}: {answer.status_code}"
                times.append(time.monotonic() - started)

    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return times


def _academy() -> list[float]:
    with instance(with_labs=True) as platform:
        platform.start()
        cookies = learners(platform.settings, 1)[0]
        return asyncio.run(_pages(platform.address, "/", cookies))


def _kolibri(program: Path) -> list[float]:
    home, port = tempfile.mkdtemp(prefix="bench-kolibri-"), free_port()
    environment = {**os.environ, "KOLIBRI_HOME": home}
    provision = [str(program), "manage", "provisiondevice", "--facility", "Bench", "--superusername", "bench"]
    provision += ["--superuserpassword", PASSWORD, "--preset", "formal", "--language_id", "en", "--noinput"]
    subprocess.run(provision, env=environment, check=True, capture_output=True)
    server = subprocess.Popen(
        [str(program), "start", "--port", str(port), "--foreground"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        until("Kolibri", lambda: answers(f"{base}/api/public/info/"), seconds=120)
        with httpx.Client(base_url=base, follow_redirects=True, timeout=30) as client:
            client.get("/")
            facility = client.get("/api/public/v1/facility/").json()[0]["id"]
            body = {"username": "bench", "password": PASSWORD, "facility": facility}
            headers = {"X-CSRFToken": client.cookies.get("kolibri_csrftoken") or ""}
            client.post("/api/auth/session/", json=body, headers=headers).raise_for_status()
            cookies = client.cookies
        return asyncio.run(_pages(base, "/en/learn/", cookies))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    program = environments.programs("kolibri") / "kolibri"
    ours, theirs = _academy(), _kolibri(program)
    heading(f"landing page of a signed-in person, {CLIENTS} connections", "pages/s", "p95 ms", "ratio")
    for name, times in (("Kolibri 0.19.5 `/en/learn/`", theirs), ("MLOps Academy `/`", ours)):
        p95 = percentile(times, 0.95) * 1000
        row(name, f"{len(times) / SECONDS:.0f}", f"{p95:.0f}", f"{len(times) / len(theirs):.1f}")
