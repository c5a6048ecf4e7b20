"""What a NetworkPolicy decision depends on: pods, namespaces, policies, read from the API's JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

JSON = Mapping[str, Any]
ENDED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True)
class NamedPort:
    name: str
    protocol: str
    number: int


@dataclass(frozen=True)
class Attachment:
    """What the CNI chain knows of a sandbox before the API does: its addresses and its hardware address."""

    namespace: str
    pod: str
    addresses: tuple[str, ...]
    hardware: str


@dataclass(frozen=True)
class Pod:
    """A running pod with a network of its own. `hardware` is what its link-local addresses are known by."""

    namespace: str
    name: str
    labels: Mapping[str, str] = field(hash=False)
    addresses: tuple[str, ...] = ()
    ports: tuple[NamedPort, ...] = ()
    hardware: tuple[str, ...] = ()

    def of_family(self, version: int) -> tuple[str, ...]:
        return tuple(address for address in self.addresses if ip_address(address).version == version)


@dataclass(frozen=True)
class World:
    """Everything that the compiler looks at; nothing else changes its result."""

    pods: tuple[Pod, ...]
    namespaces: Mapping[str, Mapping[str, str]]
    policies: tuple[JSON, ...]


def read_pod(pod: JSON, attachments: Mapping[tuple[str, str], Sequence[Attachment]]) -> Pod | None:
    """None for what has no network of its own: host network, ended, or no address yet."""
    meta, spec, status = pod["metadata"], pod.get("spec") or {}, pod.get("status") or {}
    if spec.get("hostNetwork") or status.get("phase") in ENDED:
        return None
    attached = attachments.get((meta["namespace"], meta["name"]), ())
    told = {entry["ip"] for entry in status.get("podIPs") or () if entry.get("ip")}
    addresses = told | {address for one in attached for address in one.addresses}
    if not addresses:
        return None
    return Pod(
        namespace=meta["namespace"],
        name=meta["name"],
        labels=meta.get("labels") or {},
        addresses=tuple(sorted(addresses)),
        ports=tuple(_named_ports(spec)),
        hardware=tuple(sorted(one.hardware for one in attached if one.hardware)),
    )


def _named_ports(spec: JSON) -> Iterable[NamedPort]:
    """Ports of containers and of sidecars (init containers that stay)."""
    sidecars = [one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
    for container in [*(spec.get("containers") or ()), *sidecars]:
        for port in container.get("ports") or ():
            if port.get("name"):
                yield NamedPort(port["name"], port.get("protocol") or "TCP", port["containerPort"])


def read_world(
    pods: Iterable[JSON],
    namespaces: Iterable[JSON],
    policies: Iterable[JSON],
    attachments: Iterable[Attachment] = (),
) -> World:
    """In a fixed order, so that the same state gives the same ruleset."""
    by_pod: dict[tuple[str, str], list[Attachment]] = {}
    for attached in attachments:
        # A pod that replaces one of its name has two for a moment; both are fenced alike.
        by_pod.setdefault((attached.namespace, attached.pod), []).append(attached)
    read = (read_pod(pod, by_pod) for pod in pods)
    return World(
        pods=tuple(sorted((pod for pod in read if pod), key=lambda pod: (pod.namespace, pod.name))),
        namespaces={one["metadata"]["name"]: one["metadata"].get("labels") or {} for one in namespaces},
        policies=tuple(sorted(policies, key=lambda one: (one["metadata"]["namespace"], one["metadata"]["name"]))),
    )
