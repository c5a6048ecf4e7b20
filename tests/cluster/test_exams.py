"""What only a cluster shows of exams: their fence left out, and two at once; integration/exams has the common suite."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labs.exams.hosts.cluster import ClusterExamHost
from labs.providers.kubernetes import fence
from labs.providers.kubernetes.cluster import NETWORK_POLICY, kind_of
from labs.providers.kubernetes.manifests.names import Manifest
from tests.cluster.equipment.machine import Machine
from tests.cluster.installation import Installation
from tests.integration.exams.cluster_ground import ClusterGround, for_exams
from tests.integration.exams.exam_bench import make_settings, make_submission, run
from tests.integration.exams.off_machine import attack, small_project

pytestmark = [pytest.mark.cluster, pytest.mark.docker]


@pytest.fixture(scope="module")
def installation(kubeconfig: Path) -> Iterator[Installation]:
    with for_exams(kubeconfig) as one:
        yield one


@pytest.fixture
def ground(
    installation: Installation, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ClusterGround]:
    made = ClusterGround(installation, machine, tmp_path, monkeypatch)
    yield made
    assert not made.left()


@pytest.fixture
def host(ground: ClusterGround) -> ClusterExamHost:
    return ground.host


def test_without_the_policies_the_same_attacks_arrive(
    ground: ClusterGround, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leave_out_policies(monkeypatch)
    monkeypatch.setattr(fence, "gaps", lambda cluster, place: [])
    with ground.forbidden() as listening:
        _, found = attack(tmp_path, ground.host, listening)
    assert found["other"] == "reached"
    assert {how for place, how in found["places"].items() if place in listening} == {"reached"}


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


def test_two_holds_of_one_submission_never_meet(host: ClusterExamHost, tmp_path: Path) -> None:
    project, folder = small_project(tmp_path), make_submission(tmp_path / "work")
    with ThreadPoolExecutor(2) as both:
        held = [both.submit(run, project, folder, make_settings(tmp_path / name, host=host)) for name in ("a", "b")]
        reports = [one.result() for one in held]
    assert [report.verdict for report in reports] == ["passed", "passed"]
