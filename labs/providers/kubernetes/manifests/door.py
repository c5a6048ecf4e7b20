"""The way from a browser to a lab's workspace: one host name per lab, WebSockets included."""

from __future__ import annotations

from typing import Any

from labs.naming import origin
from labs.ports import Door
from labs.providers.containers.plan import ContainerPlan
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec

NAME = "door"


def door(lab: LabSpec, plan: ContainerPlan, settings: ClusterSettings) -> list[Manifest]:
    """The route; none where a person forwards a port of their own."""
    match settings.door.kind:
        case "httproute":
            return [_route(lab, plan, settings)]
        case "ingress":
            return [_ingress(lab, plan, settings)]
    return []


def address(lab: LabSpec, settings: ClusterSettings) -> Door:
    """What a browser types; the credential is not in it."""
    return Door(url=origin(settings.door.scheme, lab.host, settings.door.port), path=lab.first_page)


def _route(lab: LabSpec, plan: ContainerPlan, settings: ClusterSettings) -> Manifest:
    parent = {"name": settings.door.gateway, "namespace": settings.door.gateway_namespace}
    if settings.door.listener is not None:
        parent["sectionName"] = settings.door.listener
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        "backendRefs": [{"name": plan.name, "port": plan.port}],
        # A terminal's WebSocket stays open for as long as a person works.
        "timeouts": {"request": "0s", "backendRequest": "0s"},
    }
    spec = {"parentRefs": [parent], "hostnames": [lab.host], "rules": [rule]}
    return names.named(
        lab, "gateway.networking.k8s.io/v1", "HTTPRoute", NAME, {"spec": spec}, annotations=settings.door.annotations
    )


def _ingress(lab: LabSpec, plan: ContainerPlan, settings: ClusterSettings) -> Manifest:
    backend = {"service": {"name": plan.name, "port": {"number": plan.port}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    spec: dict[str, Any] = {"rules": [{"host": lab.host, "http": {"paths": [path]}}]}
    if settings.door.ingress_class is not None:
        spec["ingressClassName"] = settings.door.ingress_class
    if settings.door.tls or settings.door.tls_secret is not None:
        spec["tls"] = [{"hosts": [lab.host]}]
    if settings.door.tls_secret is not None:
        spec["tls"][0]["secretName"] = settings.door.tls_secret
    return names.named(
        lab, "networking.k8s.io/v1", "Ingress", NAME, {"spec": spec}, annotations=settings.door.annotations
    )
