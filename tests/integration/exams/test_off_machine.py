"""Exams on a real engine and a real cluster: the same verdicts, nothing reached that must not be, and nothing left."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labs.errors import ProviderAway
from labs.exams.hosts import leftovers
from labs.exams.report import LogEvidence, Report
from labs.exams.variants import assemble, differences
from labs.projects import WrongVariant, load_projects, load_wrong
from schema import Problems
from tests.cluster.conftest import kubeconfig, machine, places
from tests.cluster.installation import Installation
from tests.factories.waiting import until
from tests.integration.exams.exam_bench import make_settings, make_submission, run
from tests.integration.exams.grounds import NO_IMAGE, Ground, hold_small
from tests.integration.exams.off_machine import assert_confined, attack, small_project

__all__ = ["kubeconfig", "machine", "places"]

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def installation(kubeconfig: Path) -> Iterator[Installation]:
    from tests.integration.exams.cluster_ground import for_exams

    with for_exams(kubeconfig) as one:
        yield one


def on_an_engine(request: pytest.FixtureRequest) -> Ground:
    # Only here: who has no engine or cluster needs no client for one.
    from tests.integration.exams.engine_ground import EngineGround

    return EngineGround()


def on_a_cluster(request: pytest.FixtureRequest) -> Ground:
    from tests.integration.exams.cluster_ground import ClusterGround

    return ClusterGround(*map(request.getfixturevalue, ("installation", "machine", "tmp_path", "monkeypatch")))


DOCKER = pytest.param(on_an_engine, id="docker", marks=pytest.mark.docker)
KUBERNETES = pytest.param(
    on_a_cluster, id="kubernetes", marks=[pytest.mark.cluster, pytest.mark.docker, pytest.mark.xdist_group("labs")]
)


@pytest.fixture(params=[DOCKER, KUBERNETES])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """Each in turn; whatever the test says, nothing may be left of it."""
    made: Ground = request.param(request)
    yield made
    assert not made.left()


def test_a_hostile_submission_reaches_nothing(ground: Ground, tmp_path: Path) -> None:
    with ground.forbidden() as listening:
        report, found = attack(tmp_path, ground.host, listening)
    assert_confined(found)
    assert report.isolation == ground.isolation


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
def test_a_broken_examiner_is_never_a_zero(ground: Ground, tmp_path: Path, name: str) -> None:
    project = small_project(tmp_path, examiner=BROKEN[name])
    report = run(project, make_submission(tmp_path / "work"), make_settings(tmp_path / "state", host=ground.host))
    assert (report.verdict, report.fault, report.criteria) == ("not gradable", "platform", [])
    assert ("a bug of ours" in report.message) == (name == "raises")


def test_a_hanging_examiner_is_ended(ground: Ground, tmp_path: Path) -> None:
    project = small_project(tmp_path, examiner="import time\nasync def examine(exam):\n    time.sleep(1000)")
    settings = make_settings(tmp_path / "state", host=ground.host, time_limit_seconds=5)
    report = run(project, make_submission(tmp_path / "work"), settings)
    assert (report.verdict, report.fault) == ("not gradable", "platform")
    assert "longer than its time limit" in report.message


def test_a_service_that_dies_is_told_with_its_log(ground: Ground, tmp_path: Path) -> None:
    folder = make_submission(tmp_path / "work", before="raise SystemExit('no \\x1b[31mdatabase\\x1b[0m found')")
    report = run(small_project(tmp_path), folder, make_settings(tmp_path / "state", host=ground.host))
    assert (report.verdict, report.fault) == ("not gradable", "learner")
    assert "exit code 1" in report.message
    log = report.evidence[0]
    assert isinstance(log, LogEvidence)
    assert "database" in log.text
    assert "\x1b" not in log.text


def test_a_missing_image_is_our_fault(ground: Ground, tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "state", host=ground.without_images())
    report = run(small_project(tmp_path), make_submission(tmp_path / "work"), settings)
    assert (report.verdict, report.fault) == ("not gradable", "platform")
    assert NO_IMAGE in report.message


def test_a_killed_caller_leaves_nothing_that_runs_and_the_next_sweep_removes_the_rest(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_project(tmp_path)
    make_submission(tmp_path / "work", report="def report():\n    import time\n    time.sleep(600)")
    caller = multiprocessing.get_context("spawn").Process(target=hold_small, args=(ground.remake, tmp_path))
    caller.start()
    assert caller.pid
    until("the system runs", lambda: ground.runs("system"), seconds=180)
    os.kill(caller.pid, signal.SIGKILL)
    caller.join()
    until("the examiner ended with its caller", lambda: not ground.runs("examiner"), seconds=30)
    ground.host.sweep()
    assert ground.left(), "an exam that has just begun is somebody's"
    monkeypatch.setattr(leftovers, "GRACE_SECONDS", 0.0)

    def swept() -> bool:
        ground.host.sweep()
        return not ground.left()

    until("the sweep took it away", swept, seconds=30, every=0.5)  # ages are whole seconds


def test_a_connection_lost_in_the_middle_is_no_report_of_anybodys(ground: Ground, tmp_path: Path) -> None:
    """Engine or cluster are back at once: it is still nothing that the examiner or the submission did."""
    work = make_submission(tmp_path / "work", report="def report():\n    import time\n    time.sleep(600)")
    with ground.by_cable() as (host, cable), ThreadPoolExecutor(1) as thread:
        exam = thread.submit(run, small_project(tmp_path), work, make_settings(tmp_path / "state", host=host))
        until("the system runs", lambda: exam.done() or ground.runs("system"), seconds=180)
        cable.snap()
        with pytest.raises(ProviderAway):
            exam.result()


@pytest.mark.alone
@pytest.mark.parametrize("ground", [DOCKER], indirect=True)
def test_the_solution_passes_with_full_points(ground: Ground, tmp_path: Path) -> None:
    """On a cluster tests/cluster/test_platform shows it, by a submission through the platform."""
    project = next(iter(load_projects(Problems()).values()))
    report = run(project, project.folder / "solution", make_settings(tmp_path / "state", host=ground.host))
    assert not differences(report, WrongVariant(title="solution", verdict="passed"))
    assert report.points == report.max_points


def test_one_that_does_not_start_is_told_so(ground: Ground, tmp_path: Path) -> None:
    assert not differences(*examined("does-not-start", ground, tmp_path))


@pytest.mark.alone
def test_a_wrong_one_loses_exactly_what_it_declares(ground: Ground, tmp_path: Path) -> None:
    assert not differences(*examined("answers-without-models", ground, tmp_path))


def examined(name: str, ground: Ground, folder: Path) -> tuple[Report, WrongVariant]:
    project = next(iter(load_projects(Problems()).values()))
    report = run(project, assemble(project, name, folder / "work"), make_settings(folder / "state", host=ground.host))
    return report, load_wrong(project, Problems())[name]
