"""The truth table of the NetworkPolicy compiler: each row is a policy, a packet, and whether it must pass."""

from typing import Any

import pytest

from tests.cluster.equipment.policies.compiler import compile_ruleset
from tests.cluster.equipment.policies.judge import Packet, passes
from tests.cluster.equipment.policies.model import Attachment, World, read_world

A, B, C, OTHER, ENDED = "10.202.0.2", "10.202.0.3", "10.202.0.4", "10.202.0.9", "10.202.0.30"
A6, B6 = "fd00:202::2", "fd00:202::3"
MAC_A, MAC_B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
LINK_A, LINK_B = "fe80::a", "fe80::b"
NODE, OUTSIDE = "10.201.0.2", "198.51.100.7"


def pod(namespace: str, name: str, *addresses: str, **more: Any) -> dict[str, Any]:
    ports = [{"name": "http", "containerPort": more.get("http", 8000)}, {"containerPort": 9}]
    return {
        "metadata": {"namespace": namespace, "name": name, "labels": {"app": name, **more.get("labels", {})}},
        "spec": {"containers": [{"ports": ports}], "hostNetwork": more.get("host", False)},
        "status": {"phase": more.get("phase", "Running"), "podIPs": [{"ip": one} for one in addresses]},
    }


PODS = [
    pod("lab", "a", A, A6),
    pod("lab", "b", B, B6, http=8080),
    pod("lab", "c", C, labels={"tier": "back"}),
    pod("other", "o", OTHER, http=7000),
    pod("lab", "ended", ENDED, phase="Succeeded"),
    pod("lab", "on-host", NODE, host=True),
]
NAMESPACES = [
    {"metadata": {"name": "lab", "labels": {"kind": "lab"}}},
    {"metadata": {"name": "other", "labels": {"kind": "platform"}}},
]
ATTACHMENTS = [Attachment("lab", "a", (A,), MAC_A), Attachment("lab", "b", (B,), MAC_B)]


def policy(name: str = "p", namespace: str = "lab", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name}, "spec": {"podSelector": {}, **spec}}


def world(*policies: dict[str, Any]) -> World:
    return read_world(PODS, NAMESPACES, policies, ATTACHMENTS)


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def label(**labels: str) -> dict[str, Any]:
    return {"matchLabels": labels}


DENY = policy("deny", policyTypes=["Ingress", "Egress"])
OUT_ONLY: dict[str, Any] = {"policyTypes": ["Egress"]}
WITHIN: list[dict[str, Any]] = [{"podSelector": {}}]
BLOCK = {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "10.1.0.0/16", "169.254.0.0/16"]}
ON_B = {"podSelector": label(app="b")}
ON_C = {"podSelector": label(app="c")}
NOBODY = {"podSelector": label(app="none")}
PLATFORM = [{"namespaceSelector": label(kind="platform")}]
IN_B = [{"podSelector": expression("app", "In", "b", "x")}]
WITH_TIER = [{"podSelector": expression("tier", "Exists")}]


def packet(source: str, target: str, port: int = 80, protocol: str = "tcp", **more: Any) -> Packet:
    return Packet(source, target, port, protocol, **more)


TABLE: list[tuple[str, list[dict[str, Any]], Packet, bool]] = [
    ("no policy: open", [], packet(A, B), True),
    ("no policy: the node is open", [], packet(A, NODE, 6443, hook="input"), True),
    ("no policy: link-local is open", [], packet(LINK_A, LINK_B, source_hardware=MAC_A, target_hardware=MAC_B), True),
    ("deny all: pod to pod", [DENY], packet(A, B), False),
    ("deny all: UDP", [DENY], packet(A, B, 53, "udp"), False),
    ("deny all: ICMP", [DENY], packet(A, B, 0, "icmp"), False),
    ("deny all: IPv6", [DENY], packet(A6, B6), False),
    ("deny all: link-local", [DENY], packet(LINK_A, LINK_B, source_hardware=MAC_A, target_hardware=MAC_B), False),
    ("deny all: link-local to the node", [DENY], packet(LINK_A, LINK_B, source_hardware=MAC_A, hook="input"), False),
    ("deny all: to the node", [DENY], packet(A, NODE, 6443, hook="input"), False),
    ("deny all: out", [DENY], packet(A, OUTSIDE), False),
    ("deny all: from another namespace", [DENY], packet(OTHER, A), False),
    ("deny all: to another namespace", [DENY], packet(A, OTHER), False),
    ("deny all: to itself", [DENY], packet(A, A), True),
    ("deny all: a reply", [DENY], packet(B, A, state="established"), True),
    ("deny all of one namespace leaves others", [DENY], packet(OTHER, OUTSIDE), True),
    ("policy of another namespace", [policy(namespace="other")], packet(A, B), True),
    ("types: ingress only by default", [policy()], packet(A, OUTSIDE), True),
    ("types: ingress by default", [policy()], packet(OTHER, A), False),
    ("types: egress where there is a section", [policy(egress=[{"to": WITHIN}])], packet(A, OUTSIDE), False),
    ("types: ingress beside it", [policy(egress=[{}])], packet(OTHER, A), False),
    ("types: egress only leaves ingress", [policy(**OUT_ONLY)], packet(OTHER, A), True),
    ("within the namespace", [DENY, policy(ingress=[{"from": WITHIN}], egress=[{"to": WITHIN}])], packet(A, B), True),
    ("within, IPv6", [DENY, policy(ingress=[{"from": WITHIN}], egress=[{"to": WITHIN}])], packet(A6, B6), True),
    ("one side only is not enough", [DENY, policy(egress=[{"to": WITHIN}])], packet(A, B), False),
    ("an empty rule opens all", [policy(ingress=[{}])], packet(OTHER, A), True),
    ("an empty rule opens link-local, too", [policy(ingress=[{}])],
     packet(LINK_A, LINK_B, target_hardware=MAC_B), True),
    ("namespace selector", [policy(ingress=[{"from": PLATFORM}])],
     packet(OTHER, A), True),
    ("namespace selector, own is another", [policy(ingress=[{"from": PLATFORM}])],
     packet(B, A), False),
    ("both selectors: both hold",
     [policy(ingress=[{"from": [{"namespaceSelector": {}, "podSelector": label(app="o")}]}])], packet(OTHER, A), True),
    ("both selectors: one fails",
     [policy(ingress=[{"from": [{"namespaceSelector": {}, "podSelector": label(app="o")}]}])], packet(B, A), False),
    ("two peers: either", [policy(ingress=[{"from": [ON_C, ON_B]}])],
     packet(B, A), True),
    ("In", [policy(ingress=[{"from": IN_B}])], packet(B, A), True),
    ("In, not", [policy(ingress=[{"from": IN_B}])], packet(C, A), False),
    ("NotIn", [policy(ingress=[{"from": [{"podSelector": expression("app", "NotIn", "b")}]}])], packet(B, A), False),
    ("NotIn, without the label", [policy(ingress=[{"from": [{"podSelector": expression("tier", "NotIn", "back")}]}])],
     packet(B, A), True),
    ("Exists", [policy(ingress=[{"from": WITH_TIER}])], packet(C, A), True),
    ("Exists, not", [policy(ingress=[{"from": WITH_TIER}])], packet(B, A), False),
    ("DoesNotExist", [policy(ingress=[{"from": [{"podSelector": expression("tier", "DoesNotExist")}]}])],
     packet(B, A), True),
    ("selected by expression", [policy(podSelector=expression("tier", "Exists"))], packet(A, C), False),
    ("not selected by expression", [policy(podSelector=expression("tier", "Exists"))], packet(C, A), True),
    ("a selector nothing fits", [policy(ingress=[{"from": [NOBODY]}])], packet(B, A), False),
    ("block: outside", [policy(egress=[{"to": [{"ipBlock": BLOCK}]}], **OUT_ONLY)], packet(A, OUTSIDE), True),
    ("block: excepted", [policy(egress=[{"to": [{"ipBlock": BLOCK}]}], **OUT_ONLY)], packet(A, B), False),
    ("block: metadata", [policy(egress=[{"to": [{"ipBlock": BLOCK}]}], **OUT_ONLY)],
     packet(A, "169.254.169.254"), False),
    ("block: the node", [policy(egress=[{"to": [{"ipBlock": BLOCK}]}], **OUT_ONLY)],
     packet(A, NODE, 10250, hook="input"), False),
    ("block of IPv4 opens no IPv6", [policy(egress=[{"to": [{"ipBlock": BLOCK}]}], **OUT_ONLY)], packet(A6, B6), False),
    ("block of IPv6", [policy(egress=[{"to": [{"ipBlock": {"cidr": "fd00:202::/64"}}]}], **OUT_ONLY)],
     packet(A6, B6), True),
    ("port", [policy(ingress=[{"ports": [{"port": 80}]}])], packet(B, A, 80), True),
    ("port, another", [policy(ingress=[{"ports": [{"port": 80}]}])], packet(B, A, 81), False),
    ("port, UDP is another", [policy(ingress=[{"ports": [{"port": 80}]}])], packet(B, A, 80, "udp"), False),
    ("port of UDP", [policy(ingress=[{"ports": [{"port": 53, "protocol": "UDP"}]}])], packet(B, A, 53, "udp"), True),
    ("port of SCTP", [policy(ingress=[{"ports": [{"port": 5, "protocol": "SCTP"}]}])], packet(B, A, 5, "sctp"), True),
    ("protocol only", [policy(ingress=[{"ports": [{"protocol": "UDP"}]}])], packet(B, A, 999, "udp"), True),
    ("protocol only, another", [policy(ingress=[{"ports": [{"protocol": "UDP"}]}])], packet(B, A, 999), False),
    ("ports close ICMP", [policy(ingress=[{"ports": [{"protocol": "UDP"}]}])], packet(B, A, 0, "icmp"), False),
    ("endPort: last", [policy(ingress=[{"ports": [{"port": 80, "endPort": 90}]}])], packet(B, A, 90), True),
    ("endPort: after", [policy(ingress=[{"ports": [{"port": 80, "endPort": 90}]}])], packet(B, A, 91), False),
    ("named, in: this pod's number", [policy(ingress=[{"ports": [{"port": "http"}]}])], packet(A, B, 8080), True),
    ("named, in: another pod's number", [policy(ingress=[{"ports": [{"port": "http"}]}])], packet(A, B, 8000), False),
    ("named, in: no such name", [policy(ingress=[{"ports": [{"port": "grpc"}]}])], packet(A, B, 8080), False),
    ("named, in: another protocol", [policy(ingress=[{"ports": [{"port": "http", "protocol": "UDP"}]}])],
     packet(A, B, 8080, "udp"), False),
    ("named, out: the receiver's number", [policy(egress=[{"to": WITHIN, "ports": [{"port": "http"}]}], **OUT_ONLY)],
     packet(A, B, 8080), True),
    ("named, out: the sender's number", [policy(egress=[{"to": WITHIN, "ports": [{"port": "http"}]}], **OUT_ONLY)],
     packet(A, B, 8000), False),
    ("named, out: not a peer", [policy(egress=[{"to": WITHIN, "ports": [{"port": "http"}]}], **OUT_ONLY)],
     packet(A, OTHER, 7000), False),
    ("named, out, to everyone: a pod", [policy(egress=[{"ports": [{"port": "http"}]}], **OUT_ONLY)],
     packet(A, OTHER, 7000), True),
    ("named, out, to everyone: no pod", [policy(egress=[{"ports": [{"port": "http"}]}], **OUT_ONLY)],
     packet(A, OUTSIDE, 7000), False),
    ("peers and ports: both", [policy(ingress=[{"from": [ON_B], "ports": [{"port": 80}]}])], packet(B, A, 80), True),
    ("peers and ports: the peer fails", [policy(ingress=[{"from": [ON_B], "ports": [{"port": 80}]}])],
     packet(C, A, 80), False),
    ("policies add up", [policy("one", ingress=[{"from": [ON_B]}]), policy("two", ingress=[{"ports": [{"port": 9}]}])],
     packet(OTHER, A, 9), True),
    ("a selected pod beside an unselected one", [policy(podSelector=label(app="b"))], packet(B, A), True),
    ("an ended pod is no peer", [policy(ingress=[{"from": WITHIN}])], packet(ENDED, A), False),
    ("a pod on the node's network is no peer", [policy(ingress=[{"from": WITHIN}])], packet(NODE, A), False),
    ("neighbour discovery aside, the peer rule opens no link-local", [policy(ingress=[{"from": WITHIN}])],
     packet(LINK_A, LINK_B, source_hardware=MAC_A, target_hardware=MAC_B), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policies", "sent", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)  # fmt: skip
def test_truth_table(policies: list[dict[str, Any]], sent: Packet, expected: bool) -> None:
    assert passes(compile_ruleset(world(*policies)), sent) is expected


def test_unknown_sandboxes_are_closed() -> None:
    ruleset = compile_ruleset(world(), closed=["10.202.0.0/22"])
    assert passes(ruleset, packet(A, B))
    assert not passes(ruleset, packet("10.202.0.77", A))
    assert not passes(ruleset, packet(A, "10.202.0.77"))
    assert not passes(ruleset, packet("10.202.0.77", NODE, hook="input"))
    assert passes(ruleset, packet(A, NODE, hook="input"))


def test_the_order_of_what_comes_in_does_not_matter() -> None:
    other = policy("q", ingress=[{"from": WITHIN}])
    forwards = read_world(PODS, NAMESPACES, [DENY, other], ATTACHMENTS)
    backwards = read_world(PODS[::-1], NAMESPACES[::-1], [other, DENY], ATTACHMENTS[::-1])
    assert compile_ruleset(forwards, closed=["10.202.0.0/22"]) == compile_ruleset(backwards, closed=["10.202.0.0/22"])


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown operator"):
        compile_ruleset(world(policy(podSelector=expression("app", "Like", "a"))))
