"""Exams on real pods, with the worker's own rights: the same verdicts, nothing reached, and nothing left."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labs.exams.hosts import leftovers
from labs.exams.hosts.cluster import ClusterExamHost
from labs.exams.hosts.cluster_manifests import SYSTEMS
from labs.exams.remote_runner import EXAMINER
from labs.exams.report import LogEvidence, Report
from labs.exams.variants import assemble, differences
from labs.projects import WrongVariant, load_projects, load_wrong
from labs.providers.kubernetes import fence
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.cluster import NETWORK_POLICY, kind_of
from labs.providers.kubernetes.manifests.names import Manifest
from schema import Problems
from tests.cluster.equipment.machine import Machine
from tests.cluster.exams_seen import CALLER, forbidden_places, phases, pods, standing, workers_kubeconfig
from tests.cluster.installation import Installation, administrator, unique
from tests.cluster.lab_images import lab_images, resolver_image
from tests.factories.waiting import until
from tests.integration.exams.exam_bench import make_settings, make_submission, run
from tests.integration.exams.off_machine import assert_confined, attack, small_project

pytestmark = pytest.mark.cluster
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installation(kubeconfig: Path) -> Iterator[Installation]:
    found = Installation(administrator(kubeconfig), unique("exams"))
    found.install()
    yield found
    until("the exams' namespaces are gone", lambda: not found.labs(), seconds=300)
    found.remove()


@pytest.fixture
def host(installation: Installation, machine: Machine) -> Iterator[ClusterExamHost]:
    """With the worker's own token; whatever the test says, every namespace of an exam is being deleted at its end."""
    settings = installation.settings(images=lab_images(machine), resolver_image=resolver_image(machine))
    cluster = ApiCluster(installation.worker.configuration)
    found = ClusterExamHost(cluster, settings, installation.name)
    yield found
    assert not standing(found, EXAMINER)
    assert not standing(found, SYSTEMS)


def test_a_hostile_submission_reaches_nothing(host: ClusterExamHost, machine: Machine, tmp_path: Path) -> None:
    report, found = attack(tmp_path, host, forbidden_places(host, machine))
    assert_confined(found)
    assert report.isolation == "kubernetes"


def test_without_the_policies_the_same_attacks_arrive(
    host: ClusterExamHost, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leave_out_policies(monkeypatch)
    monkeypatch.setattr(fence, "gaps", lambda cluster, place: [])
    _, found = attack(tmp_path, host, forbidden_places(host, machine))
    assert found["other"] == "reached"
    assert {how for place, how in found["places"].items() if place in forbidden_places(host, machine)} == {"reached"}


def test_nothing_is_started_behind_a_fence_that_does_not_stand(
    host: ClusterExamHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leave_out_policies(monkeypatch)
    started: list[Manifest] = []
    monkeypatch.setattr(host.cluster, "create", _noting(host, started))
    report = run(small_project(tmp_path), make_submission(tmp_path / "work"), make_settings(tmp_path / "s", host=host))
    assert (report.verdict, report.fault) == ("not gradable", "platform")
    assert "NetworkPolicy deny is not there" in report.message
    assert {one["kind"] for one in started} == {"Namespace"}


def _leave_out_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fence.put_up

    class Without:
        def __init__(self, place: fence.Fenced) -> None:
            self.namespace = place.namespace
            self.fence = [one for one in place.fence if kind_of(one) != NETWORK_POLICY]

    monkeypatch.setattr(fence, "put_up", lambda cluster, place: whole(cluster, Without(place)))


def _noting(host: ClusterExamHost, noted: list[Manifest]):  # type: ignore[no-untyped-def]  # of the method it replaces
    create = host.cluster.create

    def noting(manifest: Manifest) -> Manifest | None:
        noted.append(manifest)
        return create(manifest)

    return noting


def test_a_broken_examiner_is_never_a_zero(host: ClusterExamHost, tmp_path: Path) -> None:
    project = small_project(tmp_path, examiner="async def examine(exam):\n    raise RuntimeError('a bug of ours')")
    report = run(project, make_submission(tmp_path / "work"), make_settings(tmp_path / "state", host=host))
    assert (report.verdict, report.fault, report.criteria) == ("not gradable", "platform", [])
    assert "a bug of ours" in report.message


def test_a_service_that_dies_is_told_with_its_log(host: ClusterExamHost, tmp_path: Path) -> None:
    folder = make_submission(tmp_path / "work", before="raise SystemExit('no \\x1b[31mdatabase\\x1b[0m found')")
    report = run(small_project(tmp_path), folder, make_settings(tmp_path / "state", host=host))
    assert (report.verdict, report.fault) == ("not gradable", "learner")
    assert "exit code 1" in report.message
    log = report.evidence[0]
    assert isinstance(log, LogEvidence)
    assert "database" in log.text
    assert "\x1b" not in log.text


def test_a_killed_caller_leaves_nothing_that_runs_and_the_next_sweep_removes_the_rest(
    host: ClusterExamHost, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_project(tmp_path)
    make_submission(tmp_path / "work", report="def report():\n    import time\n    time.sleep(600)")
    (tmp_path / "settings.json").write_text(host.settings.model_dump_json())
    (tmp_path / "kubeconfig").write_text(workers_kubeconfig(installation))
    code = CALLER.format(repository=str(REPOSITORY), root=str(tmp_path), installation=installation.name)
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        until("the system runs", lambda: phases(host, SYSTEMS) == ["Running"], seconds=180)
        (examiner,) = pods(host, EXAMINER)
        assert examiner["spec"]["automountServiceAccountToken"] is False
        assert not [one for one in examiner["spec"]["volumes"] if "projected" in one or "secret" in one]
        os.kill(caller.pid, signal.SIGKILL)
        caller.wait()
    until("the examiner ended with its caller", lambda: phases(host, EXAMINER) != ["Running"], seconds=30)
    host.sweep()
    assert standing(host, SYSTEMS), "an exam that has just begun is somebody's"
    monkeypatch.setattr(leftovers, "GRACE_SECONDS", 0.0)
    host.sweep()
    assert not standing(host, SYSTEMS)
    assert not standing(host, EXAMINER)


def test_two_holds_of_one_submission_never_meet(host: ClusterExamHost, tmp_path: Path) -> None:
    project, folder = small_project(tmp_path), make_submission(tmp_path / "work")
    with ThreadPoolExecutor(2) as both:
        held = [both.submit(run, project, folder, make_settings(tmp_path / name, host=host)) for name in ("a", "b")]
        reports = [one.result() for one in held]
    assert [report.verdict for report in reports] == ["passed", "passed"]


@pytest.mark.alone
def test_the_solution_passes_with_full_points(host: ClusterExamHost, tmp_path: Path) -> None:
    project = next(iter(load_projects(Problems()).values()))
    report = run(project, project.folder / "solution", make_settings(tmp_path / "state", host=host))
    assert not differences(report, WrongVariant(title="solution", verdict="passed"))
    assert report.points == report.max_points


def test_one_that_does_not_start_is_told_so(host: ClusterExamHost, tmp_path: Path) -> None:
    assert not differences(*examined("does-not-start", host, tmp_path))


def examined(name: str, host: ClusterExamHost, folder: Path) -> tuple[Report, WrongVariant]:
    project = next(iter(load_projects(Problems()).values()))
    report = run(project, assemble(project, name, folder / "work"), make_settings(folder / "state", host=host))
    return report, load_wrong(project, Problems())[name]
