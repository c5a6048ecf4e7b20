"""What we ask of a cluster: few verbs on few kinds. The one implementation over the network is `client.ApiCluster`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from labs.providers.kubernetes.manifests.names import Manifest


@dataclass(frozen=True)
class Kind:
    """A kind of object and where the API keeps it."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """The path of one object, or of all of them."""
        root = "/api" if self.api_version == "v1" else "/apis"
        within = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}/{self.api_version}{within}/{self.plural}" + (f"/{name}" if name else "")


NAMESPACE = Kind("v1", "Namespace", "namespaces", namespaced=False)
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
QUOTA = Kind("v1", "ResourceQuota", "resourcequotas")
LIMIT_RANGE = Kind("v1", "LimitRange", "limitranges")
ACCOUNT = Kind("v1", "ServiceAccount", "serviceaccounts")
BINDING = Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")
CLAIM = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
SECRET = Kind("v1", "Secret", "secrets")
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
SERVICE = Kind("v1", "Service", "services")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
POD = Kind("v1", "Pod", "pods")
JOB = Kind("batch/v1", "Job", "jobs")
ROUTE = Kind("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes")
INGRESS = Kind("networking.k8s.io/v1", "Ingress", "ingresses")

KINDS = {
    (one.api_version, one.kind): one
    for one in (
        NAMESPACE, NETWORK_POLICY, QUOTA, LIMIT_RANGE, ACCOUNT, BINDING, CLAIM, SECRET, CONFIG_MAP, SERVICE, DEPLOYMENT,
        POD, JOB, ROUTE, INGRESS,
    )
}  # fmt: skip


def kind_of(manifest: Manifest) -> Kind:
    """The kind of an object; a KeyError is a mistake of ours."""
    return KINDS[manifest["apiVersion"], manifest["kind"]]


@dataclass(frozen=True)
class Executed:
    """How a command in a pod ended; `exit` is None when it did not end in time."""

    exit: int | None
    stdout: bytes
    stderr: bytes
    cut: bool = False


class Cluster(Protocol):
    """Every call may raise a `labs.errors.OurFault`; what is not there is None or nothing, never an error."""

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Manifest | None:
        """Read one object."""
        ...

    def list(self, kind: Kind, namespace: str | None = None, *, selector: str = "") -> Sequence[Manifest]:
        """Read all objects of a kind: a whole list, of one moment."""
        ...

    def create(self, manifest: Manifest) -> Manifest | None:
        """Make an object by POST; None when one of this name is there."""
        ...

    def apply(self, manifest: Manifest) -> Manifest:
        """Make it so by server-side apply, and give what is there now."""
        ...

    def delete(self, kind: Kind, name: str, namespace: str | None = None, *, uid: str) -> None:
        """Delete this very object; one that is gone, or another of its name, is left alone."""
        ...

    def log(self, namespace: str, pod: str, container: str, *, previous: bool, max_bytes: int) -> str:
        """The end of a container's log; empty when there is none."""
        ...

    def execute(
        self, namespace: str, pod: str, container: str, argv: Sequence[str], *, timeout: float, max_bytes: int
    ) -> Executed:
        """Run a command in a pod; of each stream `max_bytes` are kept."""
        ...
