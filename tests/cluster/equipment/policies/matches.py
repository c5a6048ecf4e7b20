"""One rule of a policy as nftables matches. Every function is pure; a match is text, "" matches every packet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network

from tests.cluster.equipment.policies.model import JSON, Pod, World
from tests.cluster.equipment.policies.selectors import peer_pods

FAMILIES = {4: "ip", 6: "ip6"}
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Peer:
    """One side of a connection: what it matches, and the pods among it (a named port is looked up in them)."""

    match: str
    pods: tuple[Pod, ...]


def one_of(values: Iterable[str]) -> str:
    """A value, or a set of values in a fixed order."""
    unique = sorted(set(values))
    return unique[0] if len(unique) == 1 else "{ " + ", ".join(unique) + " }"


def address_matches(pods: Iterable[Pod], side: str) -> Iterator[str]:
    """One match for each address family that any of the pods has; `side` is saddr or daddr."""
    listed = list(pods)
    for version, keyword in FAMILIES.items():
        addresses = [address for pod in listed for address in pod.of_family(version)]
        if addresses:
            yield f"{keyword} {side} {one_of(addresses)}"


def peers_of(rule: JSON, direction: str, namespace: str, world: World) -> list[Peer]:
    """No peers in a rule means everyone; a selector that nothing fits means nobody."""
    side = "daddr" if direction == "Egress" else "saddr"
    listed = rule.get("to" if direction == "Egress" else "from")
    if not listed:
        return [Peer("", world.pods)]
    found: list[Peer] = []
    for peer in listed:
        if peer.get("ipBlock"):
            found.extend(_block(peer["ipBlock"], side, world))
        else:
            pods = tuple(peer_pods(peer, namespace, world))
            found.extend(Peer(match, pods) for match in address_matches(pods, side))
    return found


def _block(block: JSON, side: str, world: World) -> Iterator[Peer]:
    network = ip_network(block["cidr"], strict=False)
    listed = [ip_network(one, strict=False) for one in block.get("except") or ()]
    excepted = [one for one in listed if one.version == network.version]
    if any(network.subnet_of(one) for one in excepted):  # type: ignore[arg-type]
        return
    keyword = FAMILIES[network.version]
    match = f"{keyword} {side} {network}"
    if excepted:
        # Intervals of one set must not overlap.
        outside = [str(one) for one in collapse_addresses(excepted)]  # type: ignore[type-var]
        match += f" {keyword} {side} != {one_of(outside)}"
    pods = (pod for pod in world.pods if any(_within(one, network, excepted) for one in pod.addresses))
    yield Peer(match, tuple(pods))


def _within(address: str, network: Network, excepted: Iterable[Network]) -> bool:
    parsed = ip_address(address)
    return parsed in network and not any(parsed in one for one in excepted)


def rule_matches(rule: JSON, direction: str, pod: Pod, namespace: str, world: World) -> Iterator[str]:
    """Every match that this rule opens for this pod: its peers times its ports."""
    for peer in peers_of(rule, direction, namespace, world):
        for port in rule.get("ports") or (None,):
            if port is None:
                yield peer.match
            elif not isinstance(port.get("port"), str):
                yield _join(peer.match, _numbered(port))
            elif direction == "Ingress":
                yield from (_join(peer.match, match) for match in _named(port, pod))
            else:
                yield from _named_of_peers(port, peer)


def _numbered(port: JSON) -> str:
    protocol = (port.get("protocol") or "TCP").lower()
    if port.get("port") is None:
        return f"meta l4proto {protocol}"
    last = port.get("endPort")
    return f"{protocol} dport {port['port']}" + (f"-{last}" if last and last != port["port"] else "")


def _named(port: JSON, pod: Pod) -> Iterator[str]:
    """The pod's ports of that name and protocol."""
    protocol = port.get("protocol") or "TCP"
    for own in pod.ports:
        if own.name == port["port"] and own.protocol == protocol:
            yield f"{protocol.lower()} dport {own.number}"


def _named_of_peers(port: JSON, peer: Peer) -> Iterator[str]:
    """On the way out a name means what each receiving pod means by it."""
    for pod in peer.pods:
        for match in _named(port, pod):
            # The peer's own match keeps out addresses of the pod that lie outside an ipBlock or its family.
            for address in address_matches([pod], "daddr"):
                if _one_family(peer.match, address):
                    yield _join(peer.match, address, match)


def _one_family(first: str, second: str) -> bool:
    """nft refuses a rule that asks a packet to be of both; a match without addresses fits either."""
    return not first or first.split(maxsplit=1)[0] == second.split(maxsplit=1)[0]


def _join(*matches: str) -> str:
    return " ".join(match for match in matches if match)
