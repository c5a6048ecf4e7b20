"""Exams on a real Docker engine: the same verdicts, nothing reached that must not be, and nothing left."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.exams.hosts import leftovers
from labs.exams.hosts.engine import EngineExamHost
from labs.exams.hosts.engine_names import all_of
from labs.exams.hosts.engine_settings import EngineExamSettings
from labs.exams.report import LogEvidence, Report
from labs.exams.variants import assemble, differences
from labs.projects import WrongVariant, load_projects, load_wrong
from labs.providers.docker import api, containers
from schema import Problems
from tests.factories.docker_images import images
from tests.integration.exams.exam_bench import make_settings, make_submission, run, wait_until
from tests.integration.exams.off_machine import assert_confined, attack, small_project

pytestmark = [pytest.mark.docker, pytest.mark.timeout(700)]
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def host() -> Iterator[EngineExamHost]:
    """A host whose installation is this test's own; whatever the test says, nothing may be left of it."""
    found = EngineExamHost(EngineExamSettings(images=images(), installation=f"test-{uuid.uuid4().hex[:8]}"))
    yield found
    assert not left(found)


def left(host: EngineExamHost) -> list[str]:
    client, labels = api.connect(None), all_of(host.settings.installation)
    filters = {"label": labels}
    every = [*containers.summaries(client, labels), *(one.name for one in client.networks.list(filters=filters))]
    return [*every, *(one.name for one in client.volumes.list(filters=filters))]


def own_addresses() -> list[str]:
    """Addresses of this machine that a container could know."""
    found = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} | {"172.17.0.1"}
    return sorted(str(one) for one in found if not str(one).startswith("127."))


def test_a_hostile_submission_reaches_nothing(host: EngineExamHost, tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as canary:
        threading.Thread(target=_accept, args=(canary,), daemon=True).start()
        port = canary.getsockname()[1]
        places = [f"{address}:{port}" for address in own_addresses()]
        for place in places[:1]:
            socket.create_connection((place.rpartition(":")[0], port), timeout=2).close()
        report, found = attack(tmp_path, host, [*places, "169.254.169.254:80", "192.0.2.1:80"])
    assert_confined(found)
    assert report.isolation == "docker"


def _accept(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


BROKEN = {
    "raises": "async def examine(exam):\n    raise RuntimeError('a bug of ours')",
    "killed": "import os\nasync def examine(exam):\n    os.kill(os.getpid(), 9)",
    "forges": 'async def examine(exam):\n    exam._send(b\'{"kind": "seen", "number": 1}\\n\')',
    "asks too much": (
        "from labs.exams.services import Stack\n"
        "async def examine(exam):\n"
        "    for _ in range(6):\n"
        "        await Stack(exam, exam.manifest('probe'), env={}).__aenter__()"
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_examiner_is_never_a_zero(host: EngineExamHost, tmp_path: Path, name: str) -> None:
    project = small_project(tmp_path, examiner=BROKEN[name])
    report = run(project, make_submission(tmp_path / "work"), make_settings(tmp_path / "state", host=host))
    assert (report.verdict, report.fault, report.criteria) == ("not gradable", "platform", [])
    assert ("a bug of ours" in report.message) == (name == "raises")


def test_a_hanging_examiner_is_ended(host: EngineExamHost, tmp_path: Path) -> None:
    project = small_project(tmp_path, examiner="import time\nasync def examine(exam):\n    time.sleep(1000)")
    settings = make_settings(tmp_path / "state", host=host, time_limit_seconds=5)
    report = run(project, make_submission(tmp_path / "work"), settings)
    assert (report.verdict, report.fault) == ("not gradable", "platform")
    assert "longer than its time limit" in report.message


def test_a_service_that_dies_is_told_with_its_log(host: EngineExamHost, tmp_path: Path) -> None:
    folder = make_submission(tmp_path / "work", before="raise SystemExit('no \\x1b[31mdatabase\\x1b[0m found')")
    report = run(small_project(tmp_path), folder, make_settings(tmp_path / "state", host=host))
    assert (report.verdict, report.fault) == ("not gradable", "learner")
    assert "exit code 1" in report.message
    log = report.evidence[0]
    assert isinstance(log, LogEvidence)
    assert "database" in log.text
    assert "\x1b" not in log.text


def test_a_missing_image_is_our_fault(tmp_path: Path) -> None:
    nothing = {"tools": "academy.test/none:0", "examiner": "academy.test/none:0"}
    bare = EngineExamHost(EngineExamSettings(images=nothing, installation=f"test-{uuid.uuid4().hex[:8]}"))
    report = run(small_project(tmp_path), make_submission(tmp_path / "work"), make_settings(tmp_path / "s", host=bare))
    assert (report.verdict, report.fault) == ("not gradable", "platform")
    assert "academy.test/none:0" in report.message
    assert not left(bare)


CALLER = """
import sys
from pathlib import Path
sys.path.insert(0, {repository!r})
from labs.exams.hosts.engine import EngineExamHost
from labs.exams.hosts.engine_settings import EngineExamSettings
from labs.projects import load_project
from schema import Problems
from tests.integration.exams.exam_bench import make_settings, run
root = Path({root!r})
host = EngineExamHost(EngineExamSettings(images={images!r}, installation={installation!r}))
project = load_project("small", Problems(), root=root / "projects")
run(project, root / "work", make_settings(root / "state", host=host))
"""


def test_a_killed_caller_leaves_nothing_that_runs_and_the_next_sweep_removes_the_rest(
    host: EngineExamHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_project(tmp_path)
    make_submission(tmp_path / "work", report="def report():\n    import time\n    time.sleep(600)")
    told = {"images": dict(host.settings.images), "installation": host.settings.installation}
    code = CALLER.format(repository=str(REPOSITORY), root=str(tmp_path), **told)
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        assert wait_until(lambda: any("system-1.0" in name for name in running(host)), seconds=90)
        os.kill(caller.pid, signal.SIGKILL)
        caller.wait()
    assert wait_until(lambda: not any("examiner" in name for name in running(host))), "the examiner outlived its caller"
    host.sweep()
    assert left(host), "an exam that has just begun is somebody's"
    monkeypatch.setattr(leftovers, "GRACE_SECONDS", 0.0)
    time.sleep(1)  # ages are whole seconds
    host.sweep()
    assert not left(host)


def running(host: EngineExamHost) -> list[str]:
    found = containers.summaries(api.connect(None), all_of(host.settings.installation))
    return [name for name, one in found.items() if one["State"] == "running"]


@pytest.mark.alone
def test_the_solution_passes_with_full_points(host: EngineExamHost, tmp_path: Path) -> None:
    project = next(iter(load_projects(Problems()).values()))
    report = run(project, project.folder / "solution", make_settings(tmp_path / "state", host=host))
    assert not differences(report, WrongVariant(title="solution", verdict="passed"))
    assert report.points == report.max_points


def test_one_that_does_not_start_is_told_so(host: EngineExamHost, tmp_path: Path) -> None:
    assert not differences(*examined("does-not-start", host, tmp_path))


@pytest.mark.alone
def test_a_wrong_one_loses_exactly_what_it_declares(host: EngineExamHost, tmp_path: Path) -> None:
    assert not differences(*examined("answers-without-models", host, tmp_path))


def examined(name: str, host: EngineExamHost, folder: Path) -> tuple[Report, WrongVariant]:
    project = next(iter(load_projects(Problems()).values()))
    report = run(project, assemble(project, name, folder / "work"), make_settings(folder / "state", host=host))
    return report, load_wrong(project, Problems())[name]
