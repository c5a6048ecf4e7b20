"""`lms doctor` before a real cluster: as the worker's account, as an administrator, and without the fence."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from lms.config import Settings
from lms.supervisor import cluster_findings
from lms.supervisor.finding import Finding
from lms.supervisor.lab_findings import components_of_labs
from tests.cluster.installation import CLUSTER_WIDE, Installation, installed
from tests.factories.waiting import until

DIGEST = f"academy.test/one@sha256:{'0' * 64}"
Look = Callable[..., dict[str, Finding]]


@pytest.fixture(scope="module")
def installation(kubeconfig: Path) -> Iterator[Installation]:
    with installed(kubeconfig, "doctor") as made:
        yield made


@pytest.fixture
def look(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """What the doctor says with this account, and a description of the cluster with these changes."""

    def look(kubeconfig: Path, **changes: object) -> dict[str, Finding]:
        images = dict.fromkeys((*components_of_labs(), "tools", "examiner"), DIGEST)
        told = installation.settings(images=images, resolver_image=DIGEST, **changes)
        (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(told.model_dump(mode="json")))
        monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig))
        settings = Settings(home=tmp_path, provider="kubernetes", cluster=tmp_path / "cluster.yaml")
        return {one.subject: one for one in cluster_findings.examine(settings)}

    return look


@pytest.fixture
def worker(installation: Installation, tmp_path: Path) -> Path:
    return installation.worker.write_kubeconfig(tmp_path / "worker")


def states(found: dict[str, Finding]) -> dict[str, str]:
    return {subject: one.state for subject, one in found.items()}


def test_with_the_workers_account_all_is_good(look: Look, worker: Path, installation: Installation) -> None:
    found = look(worker)
    assert set(states(found).values()) == {"good"}, found
    assert installation.worker_name in found["cluster"].what and "Kubernetes v1." in found["cluster"].what


def test_an_administrator_is_told_of_policies_and_of_being_one(look: Look, kubeconfig: Path) -> None:
    found = look(kubeconfig)
    assert found.pop("images on nodes").state == "missing", "nobody has images of this name"
    assert set(states(found).values()) == {"good"}
    alone = look(kubeconfig, worker=None)
    assert (alone["fence"].state, "administrator" in alone["fence"].what) == ("degraded", True)
    other = look(kubeconfig, fence="nobodys")["fence"]
    assert other.state == "missing" and "namespaces" in other.what and "k8s/fence" in other.mend


def test_an_account_without_rights_is_found_out(look: Look, installation: Installation, tmp_path: Path) -> None:
    nobody = installation.account(installation.name, "default").write_kubeconfig(tmp_path / "nobody")
    found = look(nobody)
    assert found["rights"].state == "missing" and "create namespaces" in found["rights"].what
    assert found["fence"].state == "degraded"


def test_without_its_policies_the_fence_is_missing(look: Look, worker: Path, installation: Installation) -> None:
    """The last test of this module: it takes the fence away."""
    for kind in CLUSTER_WIDE[:2]:
        installation.admin.ask("DELETE", f"{kind}/{installation.name}-namespaces")
    until("the API server's cache", lambda: look(worker)["fence"].state == "missing", seconds=60)
    assert "any namespace" in look(worker)["fence"].what
    assert look(installation.admin.kubeconfig)["fence"].what == "policies that are not enforced: namespaces"
