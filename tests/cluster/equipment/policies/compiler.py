"""(pods, namespaces, policies) -> the text of one nftables table. Pure: the same world gives the same text.

How a packet goes through it: replies and neighbour discovery pass; a packet from a pod with egress policies goes
through that pod's egress chain, then one to a pod with ingress policies through its ingress chain. A chain returns
what some policy allows and drops the rest. `forward` sees pod to pod (bridged packets by bridge-nf-call-iptables,
Services after their translation); `input` sees pod to node, and so to the API server and kubelet. What the node
itself sends is in neither: kubelet's probes always arrive, as everywhere.

Link-local IPv6 addresses stand in no API object, so there a pod is known by its hardware address; only a rule without
peers opens them.
"""

from collections.abc import Iterable, Iterator

from tests.cluster.equipment.policies.matches import FAMILIES, address_matches, one_of, rule_matches
from tests.cluster.equipment.policies.model import Pod, World
from tests.cluster.equipment.policies.selectors import policies_for

TABLE = "academy_policy"
PRIORITY = -5
NEIGHBOURS = "icmpv6 type { nd-neighbor-advert, nd-neighbor-solicit, nd-router-advert, nd-router-solicit } accept"
LINK_LOCAL = "fe80::/10"
Chain = tuple[str, Pod, list[str]]


def compile_ruleset(world: World, *, closed: Iterable[str] = ()) -> str:
    """What `nft -f` loads in one transaction. Addresses of the ranges `closed` that are no known pod's are dropped."""
    egress = list(_chains(world, "Egress"))
    ingress = list(_chains(world, "Ingress"))
    strangers = list(_strangers(world, closed))
    out_of_pods = list(_dispatch(egress, "saddr"))
    lines = [f"add table inet {TABLE}", f"delete table inet {TABLE}", f"table inet {TABLE} {{"]
    for name, pod, rules in [*egress, *ingress]:
        lines += _block(name, [f"# {pod.namespace}/{pod.name}", *rules])
    opening = ["ct state established,related accept", NEIGHBOURS]
    from_strangers = [rule for rule in strangers if " saddr " in rule]
    forward = [*opening, *strangers, *out_of_pods, *_dispatch(ingress, "daddr")]
    to_node = ['iifname "lo" accept', *opening, *from_strangers, *out_of_pods]
    lines += _block("forward", [_hook("forward"), *forward])
    lines += _block("input", [_hook("input"), *to_node])
    return "\n".join([*lines, "}", ""])


def _hook(name: str) -> str:
    return f"type filter hook {name} priority {PRIORITY}; policy accept;"


def _block(name: str, rules: Iterable[str]) -> list[str]:
    return [f"  chain {name} {{", *(f"    {rule}" for rule in rules), "  }"]


def _chains(world: World, direction: str) -> Iterator[Chain]:
    """A chain for each pod that some policy selects in this direction."""
    own_side = "daddr" if direction == "Egress" else "saddr"
    for number, pod in enumerate(world.pods):
        policies = policies_for(pod, direction, world.policies)
        if not policies:
            continue
        # A pod cannot be closed to itself, not through its own Service either.
        rules = [f"{match} return" for match in address_matches([pod], own_side)]
        for policy in policies:
            for rule in policy["spec"].get(direction.lower()) or ():
                matches = rule_matches(rule, direction, pod, policy["metadata"]["namespace"], world)
                rules += [f"{match} return".strip() for match in matches]
        yield f"{direction.lower()}_{number}", pod, [*dict.fromkeys(rules), "counter drop"]


def _dispatch(chains: list[Chain], side: str) -> Iterator[str]:
    """From the pod's addresses to its chain."""
    for version, keyword in FAMILIES.items():
        jumps = [f"{address} : jump {name}" for name, pod, _ in chains for address in pod.of_family(version)]
        if jumps:
            yield f"{keyword} {side} vmap {{ {', '.join(jumps)} }}"
    jumps = [f"{hardware} : jump {name}" for name, pod, _ in chains for hardware in pod.hardware]
    if jumps:
        yield f"ip6 {side} {LINK_LOCAL} ether {side} vmap {{ {', '.join(jumps)} }}"


def _strangers(world: World, closed: Iterable[str]) -> Iterator[str]:
    """A sandbox that nobody has told us of yet neither sends nor receives."""
    for network in closed:
        version = 6 if ":" in network else 4
        known = [address for pod in world.pods for address in pod.of_family(version)]
        for side in ("saddr", "daddr"):
            match = f"{FAMILIES[version]} {side} {network}"
            if known:
                match += f" {FAMILIES[version]} {side} != {one_of(known)}"
            yield f"{match} counter drop"
