"""Real labs with what their files ask for, names, the internet, kubectl, beside one that asks for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from labs.providers.kubernetes.manifests.names import COMPONENT, namespace_name
from labs.spec import LabSpec
from tests.cluster import canary_names
from tests.cluster.canary_names import NAMES, address_by
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import Places
from tests.cluster.probes import Lab
from tests.factories.waiting import until
from tests.integration.labs.kubernetes_case import KubernetesCase
from tests.integration.labs.waiting import until_ready

pytestmark = pytest.mark.docker

RESOLVE = """
import json, socket, sys
seen = {}
for name in sys.argv[1:]:
    try:
        seen[name] = socket.gethostbyname(name)
    except socket.gaierror:
        seen[name] = None
print(json.dumps(seen))
"""
VISIT = """
import json, sys, urllib.request
seen = {}
for name in sys.argv[1:]:
    try:
        seen[name] = urllib.request.urlopen(f"http://{name}/", timeout=2).read().decode()
    except OSError:
        seen[name] = None
print(json.dumps(seen))
"""
#: As a client of Kubernetes finds the API server and proves who it is.
ASK_THE_API = """
import base64, json, os, ssl, urllib.error, urllib.request
from pathlib import Path
mounted = Path("/var/run/secrets/kubernetes.io/serviceaccount")
token, namespace = (mounted / "token").read_text(), (mounted / "namespace").read_text()
server = "https://{KUBERNETES_SERVICE_HOST}:{KUBERNETES_SERVICE_PORT}".format(**os.environ)
context = ssl.create_default_context(cafile=mounted / "ca.crt")
told = token.split(".")[1]
claims = json.loads(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
seen = {"subject": claims["sub"], "seconds": claims["exp"] - claims["iat"], "own": os.environ["HOSTNAME"]}
for what in ("pods", "secrets"):
    path = f"{server}/api/v1/namespaces/{namespace}/{what}"
    wanted = urllib.request.Request(path, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(wanted, context=context, timeout=20) as reply:
            seen[what] = [one["metadata"]["name"] for one in json.load(reply)["items"]]
    except urllib.error.HTTPError as error:
        seen[what] = error.code
print(json.dumps(seen))
"""


@dataclass
class Street:
    """A lab that asks for nothing, and one that asks for the internet and teaches kubectl."""

    case: KubernetesCase
    closed: LabSpec
    open: LabSpec

    def say(self, lab: LabSpec, script: str, *arguments: str) -> Any:
        """What a script in the lab prints, as JSON."""
        ran = self.case.provider.run(lab, ["python", "-c", script, *arguments])
        assert ran.exit == 0, ran
        return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def street(
    kubeconfig: Path, machine: Machine, places: Places, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Street]:
    """Both are told of one resolver on the internet."""
    root, node = tmp_path_factory.mktemp("street") / "labs", places.addresses.node
    with canary_names.resolver(machine) as upstream:
        case = KubernetesCase(root, kubeconfig, machine, upstream_resolvers=[upstream], api_servers=[f"{node}/32"])
        small = {"limits": {"disk_mb": 200, "memory_mb": 768}}
        opened = case.order(2, components=("workspace",), egress=True, kubectl=True, **small)
        made = Street(case, case.order(1, **small), opened)
        try:
            with ThreadPoolExecutor() as beside:
                list(beside.map(partial(until_ready, case.provider), (made.closed, made.open)))
            yield made
        finally:
            case.clean_up()


def test_a_lab_knows_its_own_names(street: Street, objects: Objects) -> None:
    namespace = namespace_name(street.closed)
    address = objects.core.read_namespaced_service("prometheus", namespace).spec.cluster_ip
    own = ["prometheus", *(f"prometheus.{namespace}{end}" for end in ("", ".svc", ".svc.cluster.local"))]
    assert street.say(street.closed, RESOLVE, *own) == dict.fromkeys(own, address)


def test_no_lab_learns_other_names_of_the_cluster_which_knows_them(
    street: Street, machine: Machine, places: Places
) -> None:
    api = "kubernetes.default.svc.cluster.local"
    for lab, component, other in (
        (street.closed, "workspace", street.open),
        (street.open, "prometheus", street.closed),
    ):
        foreign = [f"{component}.{namespace_name(other)}.svc.cluster.local", api]
        assert all(address_by(machine, places.addresses.dns_service, name) for name in foreign)
        assert street.say(lab, RESOLVE, *foreign) == dict.fromkeys(foreign), lab.name


def test_only_a_lab_with_the_internet_learns_its_names(street: Street) -> None:
    assert street.say(street.open, RESOLVE, *NAMES) == NAMES
    assert street.say(street.closed, RESOLVE, *NAMES, "example.org") == dict.fromkeys([*NAMES, "example.org"])


def test_a_lab_that_teaches_kubectl_is_given_a_token_of_an_hour_for_its_own_things(street: Street) -> None:
    """The kubelet mounted it; nothing here was made by an administrator."""
    seen = street.say(street.open, ASK_THE_API)
    assert seen["subject"] == f"system:serviceaccount:{namespace_name(street.open)}:learner"
    assert 0 < seen["seconds"] <= 3600
    assert seen["own"] in seen["pods"]
    assert seen["secrets"] == 403


def test_by_whatever_name_a_lab_with_the_internet_reaches_the_internet_alone(street: Street, objects: Objects) -> None:
    """Taken away, its policies let the others answer too: the names lead there."""
    visit, canaries = partial(street.say, street.open, VISIT), {name: f"canary {NAMES[name]}\n" for name in NAMES}
    internet = "internet.example.org"
    until("the internet answers", lambda: visit(internet)[internet])
    assert visit(*NAMES) == {name: said if name == internet else None for name, said in canaries.items()}
    Lab(objects, namespace_name(street.open)).set_policies()
    until("every canary answers", lambda: visit(*NAMES) == canaries)


def test_other_labs_are_given_none(street: Street) -> None:
    ran = street.case.provider.run(street.closed, ["python", "-c", ASK_THE_API])
    assert ran.exit != 0 and "No such file" in ran.stderr
    closed, opened = (street.case.credentials_in(lab) for lab in (street.closed, street.open))
    assert closed.keys() >= {"prometheus", "resolver"} and not any(closed.values()), closed
    assert {name for name, found in opened.items() if "/kubernetes.io/serviceaccount/token" in found} == {"workspace"}


def test_pods_end_when_they_are_asked_to(street: Street, objects: Objects) -> None:
    """The last test of this module: the resolver's image is ours to choose, and nobody waits until a kill ends it."""
    namespace = namespace_name(street.closed)

    def running() -> dict[str, str]:
        found = objects.core.list_namespaced_pod(namespace).items
        return {one.metadata.name: one.metadata.labels[COMPONENT] for one in found}

    asked = running()
    assert set(asked.values()) >= {"prometheus", "resolver"}
    for name in asked:
        objects.core.delete_namespaced_pod(name, namespace, grace_period_seconds=600)
    until("they are gone", lambda: not asked.keys() & running().keys())
