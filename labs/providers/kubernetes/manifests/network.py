"""Who may talk to whom: nobody, and then the openings that a lab declares.

Policies only ever add up, so a lab's namespace holds exactly these; `fence` reads them back and refuses any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from labs.providers.containers.internet import CLOSED_4, CLOSED_6, INTERNET_6
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings, Pods
from labs.spec import LabSpec

RESOLVER = "resolver"
RESOLVER_PORT = 1053


def policies(
    lab: LabSpec, settings: ClusterSettings, *, ports: Iterable[int], asked: Iterable[int], doors: dict[str, int]
) -> list[Manifest]:
    """All policies of a lab: on `ports` its components listen, on those `asked` the judge too may come to them, and
    `doors` are those that a browser enters.
    """
    listened, judged = sorted({port for port in ports if port}), sorted(set(asked))
    found = [_deny(lab), _inside(lab, listened)]
    if settings.ingress and settings.door.kind != "forward":
        found += [_door(lab, name, port, settings.ingress) for name, port in sorted(doors.items())]
    if settings.judge and judged:  # a rule without ports would open every port
        found.append(_judge(lab, judged, settings.judge))
    if lab.kubectl and settings.api_servers:
        found.append(_api(lab, settings))
    return found + ([_egress(lab, settings)] if lab.egress else [])


def _policy(lab: LabSpec, name: str, spec: dict[str, Any]) -> Manifest:
    return names.named(lab, "networking.k8s.io/v1", "NetworkPolicy", name, {"spec": spec})


def _deny(lab: LabSpec) -> Manifest:
    return _policy(lab, "deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


def _inside(lab: LabSpec, ports: list[int]) -> Manifest:
    """The components among themselves, and their resolver."""
    # A learner who is taught kubectl runs servers of their own, on whatever port.
    openings = {} if lab.kubectl else {"ports": [*_tcp(ports), *_resolving(RESOLVER_PORT)]}
    here: list[dict[str, Any]] = [{"podSelector": {}}]
    spec = {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": here, **openings}],
        "egress": [{"to": here, **openings}],
    }
    return _policy(lab, "inside", spec)


def _door(lab: LabSpec, component: str, port: int, ingress: Pods) -> Manifest:
    spec = {
        "podSelector": {"matchLabels": {names.COMPONENT: component}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [_pods(ingress)], "ports": _tcp([port])}],
    }
    return _policy(lab, f"door-{component}", spec)


def _judge(lab: LabSpec, ports: list[int], judge: Pods) -> Manifest:
    spec = {
        "podSelector": {"matchExpressions": [{"key": names.COMPONENT, "operator": "Exists"}]},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [_pods(judge)], "ports": _tcp(ports)}],
    }
    return _policy(lab, "judge", spec)


def _api(lab: LabSpec, settings: ClusterSettings) -> Manifest:
    servers = [{"ipBlock": {"cidr": str(one)}} for one in settings.api_servers]
    spec = {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{"to": servers, "ports": _tcp([settings.api_port])}],
    }
    return _policy(lab, "api", spec)


def _egress(lab: LabSpec, settings: ClusterSettings) -> Manifest:
    """Everywhere, except what is not the internet."""
    spec = {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{"to": [_everywhere("0.0.0.0/0", CLOSED_4, settings), _everywhere(INTERNET_6, CLOSED_6, settings)]}],
    }
    return _policy(lab, "egress", spec)


def _everywhere(cidr: str, closed: tuple[str, ...], settings: ClusterSettings) -> dict[str, Any]:
    # The API server takes only exceptions that lie within the rule.
    own = tuple(str(one) for one in settings.own_ranges if one.compressed != cidr and _lies_within(one, cidr))
    return {"ipBlock": {"cidr": cidr, "except": list(dict.fromkeys(closed + own))}}


def _lies_within(one: IPv4Network | IPv6Network, cidr: str) -> bool:
    whole = ip_network(cidr)
    if isinstance(one, IPv4Network):
        return isinstance(whole, IPv4Network) and one.subnet_of(whole)
    return isinstance(whole, IPv6Network) and one.subnet_of(whole)


def _pods(pods: Pods) -> dict[str, Any]:
    """In one peer: pods with these labels in those namespaces, not either of the two."""
    return {"namespaceSelector": {"matchLabels": pods.namespace}, "podSelector": {"matchLabels": pods.pods}}


def _tcp(ports: Iterable[int]) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def _resolving(port: int) -> list[dict[str, Any]]:
    return [{"protocol": protocol, "port": port} for protocol in ("TCP", "UDP")]
