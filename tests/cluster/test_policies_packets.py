"""NetworkPolicy as packets: what each policy lets through and what it keeps, seen from inside a pod.

Every target is shown to answer while there is no policy, so that silence means the policy and nothing else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cluster.equipment.places import Places
from tests.cluster.equipment.world import CANARIES
from tests.cluster.probe_manifests import OTHER_TCP, TCP, UDP
from tests.cluster.probes import SILENCE, Lab, Target, settled

DENY: dict[str, Any] = {"policyTypes": ["Ingress", "Egress"]}
DNS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
ASK_NAMES = {"policyTypes": ["Egress"], "egress": [{"to": [DNS], "ports": [{"port": 1053, "protocol": "UDP"}]}]}
INSIDE: list[dict[str, Any]] = [{"podSelector": {}}]
WITHIN = {"policyTypes": ["Ingress", "Egress"], "ingress": [{"from": INSIDE}], "egress": [{"to": INSIDE}]}
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]
INTERNET = {"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE}}]}], "policyTypes": ["Egress"]}
FRIEND = {"namespaceSelector": {"matchLabels": {"kind": "friend"}}}
TO_FRIEND = {"policyTypes": ["Egress"], "egress": [{"to": [FRIEND], "ports": [{"port": "web"}]}]}
PORT_RANGE = {
    "policyTypes": ["Egress"],
    "egress": [
        {"to": [{"podSelector": {"matchLabels": {"app": "server"}}}], "ports": [{"port": 8081, "endPort": 8090}]}
    ],
}
FROM_CLIENT = {"ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "client"}}}]}]}

SIBLING = {"sibling", "sibling-other-port", "sibling-udp", "sibling-service", "sibling-link-local"}
FRIENDS = {"friend", "friend-other-port", "friend-udp", "friend-service", "friend-link-local"}
WORLD = {f"{canary.name}-{protocol}" for canary in CANARIES for protocol in ("tcp", "udp")}
NODE = {"api", "api-service", "kubelet", "manager", "node-port", "node-link-local"}
NAMES = {"name"}
EVERYTHING = SIBLING | FRIENDS | WORLD | NODE | NAMES


@dataclass(frozen=True)
class Scene:
    """Policies of the knocking pod's namespace, and what it reaches."""

    name: str
    policies: tuple[dict[str, Any], ...]
    reached: set[str]


#: Link-local addresses are opened by rules without peers only: no object of the API names them.
SIBLING_ROUTED = SIBLING - {"sibling-link-local"}
SCENES = (
    Scene("no policy", (), EVERYTHING),
    Scene("deny all", (DENY,), set()),
    Scene("names only", (DENY, ASK_NAMES), NAMES),
    Scene("within the namespace", (DENY, WITHIN), SIBLING_ROUTED),
    Scene("the internet and nothing private", (DENY, INTERNET), {"internet-tcp", "internet-udp"}),
    Scene("a friend's named port", (DENY, TO_FRIEND), {"friend", "friend-service"}),
    Scene("ingress only", ({"policyTypes": ["Ingress"]},), EVERYTHING - SIBLING),
    Scene("ingress from this pod", ({"policyTypes": ["Ingress"]}, FROM_CLIENT), EVERYTHING - {"sibling-link-local"}),
    Scene("a range of ports", ({**PORT_RANGE, "podSelector": {"matchLabels": {"app": "client"}}},),
          {"sibling-other-port"}),
    Scene("all egress", (DENY, {"policyTypes": ["Egress"], "egress": [{}]}), EVERYTHING - SIBLING),
)  # fmt: skip


@pytest.fixture(scope="module")
def labs(new_lab: Callable[..., Lab]) -> tuple[Lab, Lab]:
    return new_lab("own", "client", "server"), new_lab("friend", "server", kind="friend")


@pytest.fixture(scope="module")
def targets(labs: tuple[Lab, Lab], places: Places, node_link_local: str) -> dict[str, Target]:
    """Everything that could be reached, by a name for people."""
    found: dict[str, Target] = {}
    for name, lab in zip(("sibling", "friend"), labs, strict=True):
        found |= {
            name: Target("tcp", lab.addresses["server"], TCP),
            f"{name}-other-port": Target("tcp", lab.addresses["server"], OTHER_TCP),
            f"{name}-udp": Target("udp", lab.addresses["server"], UDP),
            f"{name}-service": Target("tcp", lab.services["server"], 80),
            f"{name}-link-local": Target("tcp", lab.link_local("server"), TCP),
        }
    for canary in CANARIES:
        found[f"{canary.name}-tcp"] = Target("tcp", canary.address, 80)
        found[f"{canary.name}-udp"] = Target("udp", canary.address, 123)
    node = places.addresses.node
    ports = {"api": 6443, "kubelet": 10250, "manager": 10257, "node-port": 30080}
    return {
        **found,
        **{name: Target("tcp", node, port) for name, port in ports.items()},
        "api-service": Target("tcp", places.addresses.api_service, 443),
        "node-link-local": Target("tcp", node_link_local, 10250),
        "name": Target("name", f"server.{labs[1].namespace}.svc.cluster.local."),
    }


@pytest.fixture(params=SCENES, ids=lambda scene: scene.name.replace(" ", "-"))
def scene(request: pytest.FixtureRequest, labs: tuple[Lab, Lab]) -> Iterator[Scene]:
    found: Scene = request.param
    labs[0].set_policies(*found.policies)
    yield found
    labs[0].set_policies()


def test_a_pod_reaches_what_its_policies_open_and_nothing_else(
    scene: Scene, labs: tuple[Lab, Lab], targets: dict[str, Target]
) -> None:
    wanted = {name: name in scene.reached for name in targets}
    seen = settled(labs[0], "client", targets, wanted)
    assert {name for name, answer in seen.items() if answer != SILENCE} == scene.reached, seen
