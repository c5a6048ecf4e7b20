"""One internal network per lab: the host has no address in it, so that nothing of the host can be reached from it.

Subnets are small and cut from a pool of our own: engines give their own networks /16 and run out after thirty.
Addresses in it are fixed: the door has the first, each component one by its place in the order, commands the rest.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from docker.errors import APIError, NotFound
from docker.types import IPAMConfig, IPAMPool

from labs.errors import NotOurs, OurFault
from labs.providers.docker import names
from labs.providers.docker.api import Client, absent_is_fine, exists_already
from labs.spec import LabSpec

PREFIX = 27
FIRST_COMPONENT = 3
MOST_COMPONENTS = 12
DOOR_PLACE = 2
OPENING_PORT = 3128
# Without an address of the bridge there is no gateway at which listeners of the host could be reached. Engines since
# 20.10 know it; for an internal network it is what 28 calls gateway_mode_ipv4=isolated.
OPTIONS = {"com.docker.network.bridge.inhibit_ipv4": "true"}


@dataclass(frozen=True)
class Subnet:
    """The addresses of one network."""

    whole: ipaddress.IPv4Network

    @property
    def door(self) -> str:
        """The door's address."""
        return str(self.whole[DOOR_PLACE])

    def component(self, lab: LabSpec, name: str) -> str:
        """A component's address."""
        place = lab.components.index(name)
        if place >= MOST_COMPONENTS:
            raise OurFault(f"{lab.name} has more than {MOST_COMPONENTS} components")
        return str(self.whole[FIRST_COMPONENT + place])

    @property
    def ipam(self) -> IPAMConfig:
        """As the engine takes it."""
        upper = list(self.whole.subnets(prefixlen_diff=1))[1]
        pool = IPAMPool(subnet=str(self.whole), gateway=str(self.whole[1]), iprange=str(upper))
        return IPAMConfig(pool_configs=[pool])


def find(client: Client, lab: LabSpec) -> Subnet | None:
    """Give the lab's subnet; None when it has no network."""
    try:
        return of(client.networks.get(names.network(lab)).attrs)
    except NotFound:
        return None


def ensure(client: Client, lab: LabSpec, pool: str) -> Subnet:
    """Give the lab its network; one that is there is kept if it is as closed as it must be."""
    found = _existing(client, lab)
    if found is not None:
        return found
    made = create(client, names.network(lab), _labels(lab), pool, seed=lab.mark)
    if made is not None:
        return made
    found = _existing(client, lab)
    if found is None:
        raise OurFault(f"no subnet of {pool} is free for {lab.name}")
    return found


def create(client: Client, name: str, labels: Mapping[str, str], pool: str, *, seed: str) -> Subnet | None:
    """Make a closed network of a free subnet of the pool; None when the name is taken or no subnet is free."""
    for subnet in _candidates(client, seed, pool):
        try:
            client.networks.create(
                name, driver="bridge", internal=True, enable_ipv6=False, check_duplicate=True,
                options=OPTIONS, ipam=subnet.ipam, labels=dict(labels),
            )  # fmt: skip
        except APIError as error:
            if exists_already(error) and "name" in str(error.explanation):
                break
            if "overlap" in str(error.explanation).lower():
                continue
            raise
        return subnet
    return None


def remove(client: Client, lab: LabSpec) -> None:
    """Remove the lab's networks, whoever is still attached; two callers at once may have made two of one name."""
    remove_labelled(client, names.of_lab(lab))


def remove_labelled(client: Client, labels: list[str]) -> None:
    """Remove every network with these labels, whoever is still attached."""
    for network in client.networks.list(filters={"label": labels}):
        with absent_is_fine():
            network.reload()
            for attached in network.attrs.get("Containers") or {}:
                with absent_is_fine():
                    network.disconnect(attached, force=True)
            network.remove()


def opening(lab: LabSpec, subnet: Subnet) -> dict[str, str]:
    """What programs of a lab with egress need to know: the way out is the door's proxy. Empty for every other lab."""
    if not lab.egress:
        return {}
    way = f"http://{subnet.door}:{OPENING_PORT}"
    inside = ",".join(("localhost", "127.0.0.1", *lab.components))
    return dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), way) | {
        "NO_PROXY": inside,
        "no_proxy": inside,
    }


def _labels(lab: LabSpec) -> dict[str, str]:
    return names.labels(lab, "network") | ({names.EGRESS: "yes"} if lab.egress else {})


def _existing(client: Client, lab: LabSpec) -> Subnet | None:
    try:
        attrs = client.networks.get(names.network(lab)).attrs
    except NotFound:
        return None
    if names.INSTALLATION not in (attrs.get("Labels") or {}):
        raise NotOurs(f"the network {names.network(lab)} is somebody else's; remove it or rename it")
    if (names.EGRESS in (attrs.get("Labels") or {})) != lab.egress:
        remove(client, lab)
        return None
    closed = attrs.get("Internal") and not attrs.get("EnableIPv6")
    if closed and (attrs.get("Options") or {}).items() >= OPTIONS.items():
        return of(attrs)
    raise NotOurs(f"the network {names.network(lab)} is not closed as it must be; remove it")


def of(attrs: dict[str, object]) -> Subnet:
    """Read the subnet off a network as the engine describes it."""
    ipam = attrs.get("IPAM")
    config = ipam.get("Config") if isinstance(ipam, dict) else None
    if not config:
        raise OurFault(f"the network {attrs.get('Name')} has no subnet of ours; remove it")
    return Subnet(ipaddress.IPv4Network(config[0]["Subnet"]))


def _candidates(client: Client, seed: str, pool: str) -> list[Subnet]:
    """Free subnets, beginning at one that the seed chooses: two labs at once rarely want the same."""
    every = list(ipaddress.IPv4Network(pool).subnets(new_prefix=PREFIX))[1:]
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") % len(every)
    taken = [
        ipaddress.ip_network(one["Subnet"])
        for network in client.networks.list()
        for one in (network.attrs.get("IPAM") or {}).get("Config") or []
        if one.get("Subnet") and ":" not in one["Subnet"]
    ]
    return [
        Subnet(one)
        for one in every[start:] + every[:start]
        if not any(isinstance(other, ipaddress.IPv4Network) and one.overlaps(other) for other in taken)
    ]


def front(pool: str) -> Subnet:
    """The door's own subnet: the first of the pool."""
    return Subnet(next(ipaddress.IPv4Network(pool).subnets(new_prefix=PREFIX)))
