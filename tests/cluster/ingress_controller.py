"""A Contour that serves Ingresses and knows no Gateway: one that knows some lets WebSockets through everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kubernetes.client import RbacAuthorizationV1Api

from tests.cluster.equipment.addons import INGRESS
from tests.cluster.equipment.objects import Objects, manifest
from tests.cluster.equipment.places import Places
from tests.cluster.installation import unique

KINDS = {"ServiceAccount", "ClusterRoleBinding", "Deployment", "Service"}


class Controller:
    """In a namespace of its own; `name` is its class of Ingresses, too."""

    def __init__(self, objects: Objects) -> None:
        self.objects, self.name = objects, unique("ingress")

    def begin(self, places: Places) -> None:
        made = [one for one in manifest("contour", places) if one["kind"] in KINDS]
        self.objects.apply(self._own(one) for one in (INGRESS, *made))

    def _own(self, document: Mapping[str, object]) -> dict[str, Any]:
        """The same as the cluster's own, of this namespace and at a port that is free."""
        own: dict[str, Any] = json.loads(json.dumps(document).replace("projectcontour", self.name))
        match own["kind"], own["metadata"]["name"]:
            case "ClusterRoleBinding", _:
                own["metadata"]["name"] = self.name
            case "Deployment", "contour":
                own["spec"]["template"]["spec"]["volumes"] = []
                (container,) = own["spec"]["template"]["spec"]["containers"]
                container["volumeMounts"] = []
                container["args"] = [one for one in container["args"] if "config-path" not in one]
                container["args"].append(f"--ingress-class-name={self.name}")
            case "Service", "envoy":
                for port in own["spec"]["ports"]:
                    del port["nodePort"]
        return own

    def give(self, secret: Mapping[str, Any]) -> None:
        """A certificate that every namespace may use, as Contour knows no default one."""
        named = {"metadata": {"name": secret["metadata"]["name"], "namespace": self.name}}
        lent = {"secretName": secret["metadata"]["name"], "targetNamespaces": ["*"]}
        delegation = {
            "apiVersion": "projectcontour.io/v1", "kind": "TLSCertificateDelegation",
            **named, "spec": {"delegations": [lent]},
        }  # fmt: skip
        self.objects.apply([{**secret, **named}, delegation])

    def ports(self) -> dict[str, int]:
        """The node's by their names, http and https, at which it answers from now on."""
        for one in ("contour", "envoy"):
            self.objects.wait_ready(self.name, one)
        ports = self.objects.core.read_namespaced_service("envoy", self.name).spec.ports
        return {one.name: int(one.node_port) for one in ports}

    def remove(self) -> None:
        """Nobody waits for it: another one has another name."""
        self.objects.core.delete_namespace(self.name)
        RbacAuthorizationV1Api(self.objects.api).delete_cluster_role_binding(self.name)


@contextmanager
def ingress_controller(objects: Objects, places: Places) -> Iterator[Controller]:
    """On its way up, so that other things may begin beside it; it goes whatever happens."""
    one = Controller(objects)
    try:
        one.begin(places)
        yield one
    finally:
        one.remove()
