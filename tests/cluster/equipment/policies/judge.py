"""Says what a ruleset of our compiler does with a packet, without a kernel: so that policies are judged twice."""

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

MATCH = re.compile(
    r"(?P<key>(?:ip|ip6|ether) [sd]addr|(?:tcp|udp|sctp) dport|meta l4proto|ct state|icmpv6 type|iifname)"
    r" (?P<negated>!= )?(?P<value>\{[^}]*\}|\S+) ?"
)
MAP = re.compile(r"(?P<key>(?:ip|ip6|ether) [sd]addr) vmap \{(?P<entries>[^}]*)\}")


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection. `hook` is where it passes: forward (pod to pod) or input (pod to node)."""

    source: str
    target: str
    port: int = 80
    protocol: str = "tcp"
    hook: str = "forward"
    source_hardware: str = ""
    target_hardware: str = ""
    state: str = "new"


def passes(ruleset: str, packet: Packet) -> bool:
    """True where no chain of the packet's hook drops it."""
    return _walk(_chains(ruleset), packet.hook, packet) != "drop"


def _chains(ruleset: str) -> dict[str, list[str]]:
    chains: dict[str, list[str]] = {}
    current: list[str] = []
    for line in map(str.strip, ruleset.splitlines()):
        if line.startswith("chain "):
            current = chains.setdefault(line.split()[1], [])
        elif line not in {"", "}"} and not line.startswith(("#", "type ", "add ", "delete ", "table ")):
            current.append(line)
    return chains


def _walk(chains: dict[str, list[str]], name: str, packet: Packet) -> str:
    """accept, drop, or "" where the chain returns."""
    for rule in chains[name]:
        verdict = _verdict(chains, rule, packet)
        if verdict in {"accept", "drop"}:
            return verdict
        if verdict == "return":
            return ""
    return ""


def _verdict(chains: dict[str, list[str]], rule: str, packet: Packet) -> str:
    rest = rule
    while rest:
        if jump := MAP.fullmatch(rest):
            return _jump(chains, jump, packet)
        match = MATCH.match(rest)
        if match is None:
            break
        if _fits(match, packet) == bool(match["negated"]):
            return ""
        rest = rest[match.end() :]
    if rest not in {"accept", "return", "counter drop"}:
        raise ValueError(f"not understood: {rest!r} in {rule!r}")
    return rest.split()[-1]


def _jump(chains: dict[str, list[str]], jump: re.Match[str], packet: Packet) -> str:
    value = _value(jump["key"], packet)
    for entry in jump["entries"].split(", "):
        key, _, target = entry.strip().partition(" : jump ")
        if value and (key == value):
            return _walk(chains, target, packet)
    return ""


def _value(key: str, packet: Packet) -> str:
    """The packet's field, "" where it has none (an IPv4 packet has no ip6 saddr)."""
    kind, _, field = key.partition(" ")
    if kind in {"ip", "ip6"}:
        address = packet.source if field == "saddr" else packet.target
        return address if ip_address(address).version == (4 if kind == "ip" else 6) else ""
    if kind == "ether":
        return packet.source_hardware if field == "saddr" else packet.target_hardware
    if field == "dport":
        return str(packet.port) if packet.protocol == kind else ""
    return {"meta": packet.protocol, "ct": packet.state}.get(kind, "")


def _fits(match: re.Match[str], packet: Packet) -> bool:
    value = _value(match["key"], packet)
    if not value:
        # As nft: a field that the packet lacks fails the match, negated or not.
        return bool(match["negated"])
    wanted = match["value"].strip("{} ").replace(", ", ",").split(",")
    return any(_equals(match["key"], value, one) for one in wanted)


def _equals(key: str, value: str, wanted: str) -> bool:
    if key.startswith("ip"):
        return ip_address(value) in ip_network(wanted)
    if key.endswith("dport"):
        first, _, last = wanted.partition("-")
        return int(first) <= int(value) <= int(last or first)
    return value == wanted
