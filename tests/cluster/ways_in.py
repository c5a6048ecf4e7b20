"""One lab with several ways in: what a test knows of them, and how a browser takes one."""

from __future__ import annotations

import contextlib
import ssl
from dataclasses import dataclass
from typing import Any

import httpx

from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.providers.kubernetes.settings import DoorWay, Pods
from labs.spec import LabSpec
from tests.cluster.tls import Authority
from tests.factories.jupyter_client import Visitor
from tests.factories.waiting import until
from tests.integration.labs.kubernetes_case import KubernetesCase

#: Of the cluster's own Contour, and of one that a test makes.
ANY_ENVOY = Pods(namespace={"academy.test/role": "ingress"}, pods={"app": "envoy"})


@dataclass(frozen=True)
class Street:
    """A lab with a route of the gateway, and with an Ingress, which is served at these ports of the node."""

    case: KubernetesCase
    lab: LabSpec
    ingress_ports: dict[str, int]
    authority: Authority


def provider(case: KubernetesCase, client: type[ApiCluster] = ApiCluster, **door: Any) -> KubernetesProvider:
    """One that is told of this way into labs."""
    settings = case.settings.model_copy(update={"door": DoorWay(**door)})
    cluster = client.of_kubeconfig(str(case.kubeconfig))
    return KubernetesProvider(cluster, settings, installation=case.installation, patience=120)


@dataclass(frozen=True)
class Way:
    """Where a browser is led that asks for the lab's host name."""

    address: str
    port: int
    lab: LabSpec
    tls: ssl.SSLContext | None = None

    def visitor(self, token: str | None, host: str | None = None) -> Visitor:
        return Visitor(self.address, self.port, host or self.lab.host, token, self.tls, self.lab.host)

    def learner(self) -> Visitor:
        """Once the door is open: a gateway learns of a route and a certificate when it is told of them."""
        found = self.visitor(self.lab.token.get_secret_value())

        def is_open() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return found.get("/api/status").status_code == 200
            return False

        until("the door is open", is_open)
        return found
