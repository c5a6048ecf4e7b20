"""The platform on a cluster: installed by its chart, reached through the ingress, making labs as its own worker."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from kubernetes import client

from tests.cluster.elsewhere import servers
from tests.cluster.equipment.images import PROBE
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import TLS_PORT, Places
from tests.cluster.equipment.platform import Installed, execute, helm, install, pods, remove
from tests.cluster.probes import SILENCE, Lab, Target, settled
from tests.factories.jupyter_client import Visitor as Jupyter
from tests.factories.learning import LAB, examined, jupyter_of, work_in_a_lab
from tests.factories.visitor import Visitor
from tests.factories.waiting import until

# An exam measures by the clock: without neighbours.
pytestmark = [pytest.mark.alone, pytest.mark.timeout(2400)]
#: Generous: pods of several tests share two cores.
LAB_SECONDS, EXAM_SECONDS = 400, 900
#: What a policy closes gives no answer, unlike a port at which nobody listens.
TRY = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=4)
    print("reached")
except TimeoutError:
    print("timed out")
"""


@pytest.fixture(scope="module")
def outlives() -> Iterator[ExitStack]:
    """For what the release uses when it goes: who ends looks for its broker once more."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def installed(places: Places, machine: Machine, outlives: ExitStack) -> Iterator[Installed]:
    """Made anew, so that its database is of this checkout; what `scripts/cluster platform` left is removed."""
    remove(places)
    yield install(places, print)
    remove(places)


@pytest.fixture(scope="module")
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
    namespace = objects.core.read_namespace(installed.namespace)
    assert namespace.metadata.labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_autoscaler_of_the_web_has_figures(installed: Installed, objects: Objects) -> None:
    scaling: Any = client.AutoscalingV2Api(objects.api)

    def active() -> bool:
        found = scaling.read_namespaced_horizontal_pod_autoscaler("academy-web", installed.namespace)
        return any(one.type == "ScalingActive" and one.status == "True" for one in found.status.conditions or [])

    until("metrics-server has figures of web", active, seconds=300)


@pytest.mark.parametrize(
    ("role", "address", "may"),
    [
        ("web", "kubernetes.default:443", False),
        ("beat", "kubernetes.default:443", False),
        ("worker", "kubernetes.default:443", True),
        ("web", "academy-postgresql:5432", True),
        ("beat", "academy-postgresql:5432", False),
        ("beat", "academy-valkey:6379", True),
        ("worker", "academy-web:80", False),
    ],
)
def test_who_reaches_whom(installed: Installed, places: Places, role: str, address: str, may: bool) -> None:
    said = execute(places, installed.namespace, role, "python", "-c", TRY, *address.split(":"))
    assert said.strip() == ("reached" if may else "timed out")


def test_only_worker_and_examiner_hold_a_token(installed: Installed, places: Places) -> None:
    where = "/var/run/secrets/kubernetes.io"
    for role in ("web", "beat", "worker", "examiner"):
        there = execute(places, installed.namespace, role, "sh", "-c", f"test -e {where} && echo yes || echo no")
        assert there.strip() == ("yes" if role in {"worker", "examiner"} else "no"), role


def test_a_learner_gets_a_lab_and_solves_its_first_steps(learner: Visitor) -> None:
    work_in_a_lab(learner, seconds=LAB_SECONDS)


def doors(objects: Objects, namespace: str) -> dict[str, Target]:
    """Of the database and the broker that the platform uses, by their Services and by their pods."""
    found = {}
    for part, port in {"postgresql": 5432, "valkey": 6379}.items():
        service = objects.core.read_namespaced_service(f"academy-{part}", namespace)
        (pod,) = objects.core.list_namespaced_pod(namespace, label_selector=f"app.kubernetes.io/component={part}").items
        found[f"the Service of {part}"] = Target("tcp", service.spec.cluster_ip, port)
        found[f"the pod of {part}"] = Target("tcp", pod.status.pod_ip, port)
    return found


def knock(inside: Jupyter, targets: dict[str, Target]) -> dict[str, str]:
    """What a learner's kernel hears; that it hears at all, its own MLflow shows."""
    asked = {name: vars(target) for name, target in {**targets, "own": Target("tcp", "mlflow", 5000)}.items()}
    argv = ["python", "-c", (PROBE / "knock.py").read_text(), json.dumps(asked)]
    ran = f"import subprocess; print(subprocess.run({argv!r}, capture_output=True, text=True, check=True).stdout)"
    heard: dict[str, str] = json.loads(inside.run_in_kernel(ran))
    assert heard.pop("own").startswith("connected"), heard
    return heard


@contextmanager
def everybody_let_in(objects: Objects, namespace: str) -> Iterator[None]:
    """As far as it is up to the platform's own policies: meanwhile only others' fences are left."""
    rule = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}
    whole = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "all"}, "spec": rule}
    objects.network.create_namespaced_network_policy(namespace, whole)
    try:
        yield
    finally:
        objects.network.delete_namespaced_network_policy("all", namespace)


def test_k09_a_lab_reaches_neither_the_database_nor_the_broker(
    learner: Visitor, installed: Installed, objects: Objects, new_lab: Callable[..., Lab]
) -> None:
    """Its own fence keeps it in: where the platform lets everybody in, who has none gets there, and it without its."""
    learner.start_lab(LAB)  # that of the test before, where it ran
    inside = jupyter_of(learner, learner.wait_for_lab(LAB, seconds=LAB_SECONDS))
    targets, outsider = doors(objects, installed.namespace), new_lab("outsider", "stranger")
    silence = dict.fromkeys(targets, SILENCE)
    assert knock(inside, targets) == outsider.knock("stranger", targets) == silence
    with everybody_let_in(objects, installed.namespace):
        reached = settled(outsider, "stranger", targets, dict.fromkeys(targets, True))
        assert SILENCE not in reached.values(), reached
        assert knock(inside, targets) == silence
        ours = f"mlops-academy/lab,mlops-academy/installation={installed.label}"
        (lab,) = objects.core.list_namespace(label_selector=ours).items
        Lab(objects, lab.metadata.name).set_policies()
        until("the lab gets there", lambda: SILENCE not in knock(inside, targets).values())


def test_a_learner_s_project_is_examined_and_passes_with_full_points(learner: Visitor, tmp_path: Path) -> None:
    report = examined(learner, tmp_path, seconds=EXAM_SECONDS)
    assert (report["verdict"], report["isolation"]) == ("passed", "kubernetes"), report
    assert report["points"] == report["max_points"], report


def test_an_upgrade_keeps_secrets_and_sign_ins(learner: Visitor, installed: Installed, places: Places) -> None:
    before = helm(places, "get", "manifest", "academy", "--namespace", installed.namespace)
    install(places, print)
    after = helm(places, "get", "manifest", "academy", "--namespace", installed.namespace)
    assert _secrets(before) == _secrets(after)
    until("the web answers", lambda: learner.client.get("/labs").status_code == 200, seconds=60)


def test_with_servers_secrets_and_a_certificate_from_elsewhere_it_signs_in_and_makes_labs(
    installed: Installed, places: Places, objects: Objects, outlives: ExitStack, tmp_path: Path
) -> None:
    """The worker learns of an order by the broker alone; who served before ends, though its broker answers nobody."""
    elsewhere = outlives.enter_context(servers(places, objects))
    elsewhere.take_over(installed.namespace, tmp_path)
    found = {one["metadata"]["labels"]["app.kubernetes.io/component"] for one in pods(places, installed.namespace)}
    assert found - {"migrate"} == {"web", "worker", "beat"}
    assert elsewhere.migrations(installed.namespace) == [1]
    door = f"https://{places.addresses.node}:{TLS_PORT}"
    visitor = Visitor(door, f"{installed.host}:{TLS_PORT}", door=door, tls=elsewhere.authority.context)
    until("the web answers", visitor.is_answered)
    visitor.register()
    assert "token" in elsewhere.signed(visitor.client.cookies["__Host-academy"])
    before = elsewhere.labs(installed.namespace)
    visitor.start_lab(LAB)
    until("the worker makes the lab", lambda: elsewhere.labs(installed.namespace) - before)
    until("who served before has ended", lambda: not elsewhere.ending(installed.namespace), seconds=50)


def _secrets(manifest: str) -> list[str]:
    return [line for line in manifest.splitlines() if line.strip().startswith(("password:", "secret:", "url:"))]
