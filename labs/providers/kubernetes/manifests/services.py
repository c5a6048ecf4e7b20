"""The names by which components find one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs.components.model import TCP
from labs.providers.containers.plan import ContainerPlan
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.manifests.network import RESOLVER, RESOLVER_PORT
from labs.spec import LabSpec


def services(lab: LabSpec, plans: Sequence[ContainerPlan], ways: Mapping[str, str]) -> list[Manifest]:
    """One Service for each component, and the resolver's; one that is entered carries the digest of the way into it."""
    resolver = [
        {"name": f"dns-{protocol.lower()}", "protocol": protocol, "port": 53, "targetPort": RESOLVER_PORT}
        for protocol in ("TCP", "UDP")
    ]
    components = [_service(lab, one.name, [_port(one)], ways.get(one.name)) for one in plans if one.port]
    return [*components, _service(lab, RESOLVER, resolver)]


def _port(plan: ContainerPlan) -> dict[str, Any]:
    name = "tcp" if plan.ready == TCP else "http"
    return {"name": name, "protocol": "TCP", "port": plan.port, "targetPort": plan.port}


def _service(lab: LabSpec, name: str, ports: list[dict[str, Any]], way: str | None = None) -> Manifest:
    marks = {} if way is None else {names.WAY_IN: way}
    spec = {"type": "ClusterIP", "selector": names.labels(lab, name), "ports": ports}
    return names.named(lab, "v1", "Service", name, {"spec": spec}, component=name, annotations=marks)
