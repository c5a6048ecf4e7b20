"""The web is killed, and browsers are closed, while projects are handed in: what was accepted is there, once."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import httpx
import psutil
import pytest

from lms.models import Examination, LinkPurpose, Submission, db
from lms.services import one_time_links, uploads
from tests.factories.offers import PROJECT, small_zip
from tests.factories.people import create_user
from tests.factories.platform import Platform, platform, until

LEARNERS, EACH, KILLS = 4, 3, 8

pytestmark = pytest.mark.linux


@pytest.fixture
def run(databases: None) -> Iterator[Platform]:
    with platform() as (made, _):
        made.start("web")
        yield made


def test_a_killed_web_loses_and_doubles_nothing_that_it_accepted(run: Platform) -> None:
    learners = [Learner(run) for _ in range(LEARNERS)]
    for learner in learners:
        learner.start()
    for number in range(KILLS):
        until("requests under way", partial(_have_tried, learners, number))
        _kill_a_worker(run)
    run.kill("web")
    run.start("web")
    for learner in learners:
        learner.join(timeout=90)
    rows = {row.id: row for row in db.session.scalars(db.select(Submission))}
    told = [submission for learner in learners for submission in learner.accepted]
    assert sorted(told) == sorted(rows), "every submission that was accepted is there, and no other"
    assert len(told) == LEARNERS * EACH, run.log("web")
    assert all(uploads.is_intact(row.sha256) for row in rows.values())
    assert sorted(db.session.scalars(db.select(Examination.submission_id))) == sorted(rows)


def test_a_browser_closed_during_an_upload_leaves_nothing(run: Platform) -> None:
    request = Learner(run).upload("a-form-of-sixteen")
    whole = request.read()
    head = [f"POST {request.url.path} HTTP/1.1", *(f"{name}: {said}" for name, said in request.headers.items())]
    # The zip has arrived to its last byte: only the end of the form is missing.
    arrived = whole[: whole.rindex(b"\r\n--")]
    with socket.create_connection(("127.0.0.1", run.settings.port), timeout=30) as browser:
        browser.sendall("\r\n".join([*head, "", ""]).encode() + arrived)
        browser.shutdown(socket.SHUT_WR)
        assert b" 400 " in browser.recv(100)
    assert not db.session.scalars(db.select(Submission)).all()
    assert not [path for path in uploads.folder().rglob("*") if path.is_file()]


class Learner(threading.Thread):
    """Signed in at the start; as a thread, hands in and tries each form again until it is told that it was accepted."""

    def __init__(self, run: Platform) -> None:
        super().__init__(daemon=True)
        self.accepted: list[int] = []
        self.tries = 0
        self._browser = httpx.Client(base_url=f"http://127.0.0.1:{run.settings.port}", timeout=30)
        link = one_time_links.new(LinkPurpose.SIGN_IN, user=create_user())
        self._browser.post(f"/sign-in/{link}", data={"csrf_token": self._token("/sign-in")})
        self._csrf = self._token("/account")

    def upload(self, form_key: str) -> httpx.Request:
        path, form = f"/projects/{PROJECT}/submissions", {"csrf_token": self._csrf, "form_key": form_key}
        return self._browser.build_request("POST", path, data=form, files={"file": ("work.zip", small_zip())})

    def run(self) -> None:
        for number in range(EACH):
            while len(self.accepted) == number:
                self.tries += 1
                with suppress(httpx.TransportError):
                    answer = self._browser.send(self.upload(f"form-{number}-of-this-learner"))
                    assert answer.status_code == 303, answer.text
                    self.accepted.append(int(answer.headers["Location"].rpartition("/")[2]))

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self._browser.get(path).raise_for_status().text)
        assert found
        return found[1]


def _have_tried(learners: list[Learner], more_than: int) -> bool:
    return sum(one.tries for one in learners) > more_than


def _kill_a_worker(run: Platform) -> None:
    """SIGKILL to one of gunicorn's workers; the master starts another."""
    workers: list[psutil.Process] = []
    master = psutil.Process(run.running["web"].pid)

    def found() -> bool:
        workers.extend(master.children())
        return bool(workers)

    until("a worker", found)
    workers[int(time.monotonic() * 1000) % len(workers)].kill()
