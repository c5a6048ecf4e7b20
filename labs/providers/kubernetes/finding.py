"""What is there of a lab: whole lists, never a watch, so that nothing missed or stale is carried on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from labs.errors import LabSuperseded, NotOurs
from labs.providers.kubernetes.cluster import DEPLOYMENT, NAMESPACE, POD, SERVICE, Cluster
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.spec import LabSpec


@dataclass(frozen=True)
class Namespaces:
    """The namespaces of a lab: that of this generation, and those of older ones that are not being deleted yet."""

    own: Manifest | None
    older: tuple[Manifest, ...]


@dataclass(frozen=True)
class Inventory:
    """What is in a lab's namespace, as far as a running lab shows in it."""

    services: tuple[Manifest, ...] = ()
    deployments: tuple[Manifest, ...] = ()
    pods: tuple[Manifest, ...] = ()

    @property
    def addresses(self) -> Mapping[str, str]:
        """Cluster addresses by the Service's name."""
        known = {one["metadata"]["name"]: one["spec"].get("clusterIP", "") for one in self.services}
        return {name: address for name, address in known.items() if address not in ("", "None")}

    def deployment(self, component: str) -> Manifest | None:
        """A component's Deployment."""
        return next((one for one in self.deployments if one["metadata"]["name"] == component), None)

    def pod(self, component: str) -> Manifest | None:
        """The newest pod of a component that is not ending."""
        found = [one for one in self.pods if label(one, names.COMPONENT) == component and not is_ending(one)]
        return max(found, key=lambda one: one["metadata"].get("creationTimestamp") or "", default=None)


def namespaces(cluster: Cluster, lab: LabSpec) -> Namespaces:
    """Find them; raise LabSuperseded when there is a newer one. Our labels under a wrong name are not ours."""
    ours = [one for one in cluster.list(NAMESPACE, selector=names.selector(lab)) if is_ours(one)]
    own = next((one for one in ours if one["metadata"]["name"] == names.namespace_name(lab)), None)
    standing = [one for one in ours if not is_ending(one)]
    newest = max((generation(one) for one in standing), default=0)
    if newest > lab.generation:
        raise LabSuperseded(f"{lab.name} is at generation {newest}; the order was for {lab.generation}")
    return Namespaces(own, tuple(one for one in standing if generation(one) < lab.generation))


def inventory(cluster: Cluster, lab: LabSpec) -> Inventory:
    """One list per kind."""
    namespace = names.namespace_name(lab)
    kinds = (SERVICE, DEPLOYMENT, POD)
    services, deployments, pods = (tuple(cluster.list(kind, namespace)) for kind in kinds)
    return Inventory(services, deployments, pods)


def is_ours(namespace: Manifest) -> bool:
    """Say whether its name is the one that follows from its labels: anybody can write labels."""
    installation, name = label(namespace, names.INSTALLATION), label(namespace, names.LAB)
    written = label(namespace, names.GENERATION)
    if not installation or not name or not written or not written.isdigit():
        return False
    expected: str = names.namespace_of(installation, name, int(written))
    return bool(namespace["metadata"]["name"] == expected)


def refuse_foreign(namespace: Manifest | None, name: str) -> Manifest:
    """Give the namespace when it is ours; NotOurs when somebody else took its name."""
    if namespace is None or not is_ours(namespace):
        raise NotOurs(f"the namespace {name} is there and is not ours: an administrator has to look at it")
    return namespace


def generation(namespace: Manifest) -> int:
    """Of a namespace that is ours."""
    return int(label(namespace, names.GENERATION) or 0)


def label(one: Manifest, key: str) -> str | None:
    """A label's value."""
    value: str | None = (one["metadata"].get("labels") or {}).get(key)
    return value


def digest(one: Manifest) -> str | None:
    """What it was made from."""
    value: str | None = (one["metadata"].get("annotations") or {}).get(names.DIGEST)
    return value


def way_in(one: Manifest) -> str | None:
    """Of a Service: by which route or Ingress browsers were led to it."""
    value: str | None = (one["metadata"].get("annotations") or {}).get(names.WAY_IN)
    return value


def is_ending(one: Manifest) -> bool:
    """Say whether its deletion has begun; nothing calls it off."""
    return bool(one["metadata"].get("deletionTimestamp"))


def moment(written: str | None) -> float | None:
    """A Kubernetes time as seconds since the epoch."""
    return dt.datetime.fromisoformat(written).timestamp() if written else None
