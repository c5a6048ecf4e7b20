"""The platform on a cluster: installed by its chart, reached through the ingress, making labs as its own worker."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from kubernetes import client

from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import Places
from tests.cluster.equipment.platform import Installed, helm, install, pods
from tests.factories.visitor import Visitor
from tests.factories.waiting import until

LAB = "tour-your-lab"
LAB_SECONDS = 240


@pytest.fixture(scope="module")
def installed(places: Places, machine: Machine) -> Installed:
    """It stays afterwards, as the cluster does: the next run brings it up to date."""
    return install(places, print)


@pytest.fixture
def learner(installed: Installed) -> Iterator[Visitor]:
    visitor = Visitor(installed.address, urlsplit(installed.url).netloc, door=installed.address)
    visitor.register()
    yield visitor
    visitor.client.close()


def test_every_part_runs_restricted_as_its_own_account(installed: Installed, places: Places, objects: Objects) -> None:
    found = {one["metadata"]["labels"]["app.kubernetes.io/component"]: one for one in pods(places, installed.namespace)}
    running = {name for name, one in found.items() if one["status"]["phase"] == "Running"}
    assert running == {"web", "worker", "examiner", "beat", "postgresql", "valkey"}
    accounts = {name: one["spec"]["serviceAccountName"] for name, one in found.items()}
    assert {name for name, account in accounts.items() if account == "academy-worker"} == {"worker", "examiner"}
    namespace = client.CoreV1Api(objects.api).read_namespace(installed.namespace)
    assert namespace.metadata.labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_learner_gets_a_lab(learner: Visitor) -> None:
    learner.start_lab(LAB)
    workspace = learner.wait_for_lab(LAB, seconds=LAB_SECONDS)
    answer = learner.open(workspace)
    assert answer.status_code == 200 and "JupyterLab" in answer.text
    without = learner.open(workspace.partition("?")[0])
    assert "JupyterLab" not in without.text or without.status_code != 200


def test_an_upgrade_keeps_secrets_and_sign_ins(learner: Visitor, installed: Installed, places: Places) -> None:
    before = helm(places, "get", "manifest", "academy", "--namespace", installed.namespace)
    install(places, print)
    after = helm(places, "get", "manifest", "academy", "--namespace", installed.namespace)
    assert _secrets(before) == _secrets(after)
    until("the web answers", lambda: learner.client.get("/labs").status_code == 200, seconds=60)


def _secrets(manifest: str) -> list[str]:
    return [line for line in manifest.splitlines() if line.strip().startswith(("password:", "secret:", "url:"))]
