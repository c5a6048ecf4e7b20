"""How long somebody in the line will probably wait, and how many labs a cluster has room for. Pure.

An estimate, said as such: the promise is `free_by`, when a place is free at the latest.
"""

import dataclasses
import heapq
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Held:
    """A place that is taken: for how many seconds, and for how many more at most."""

    age: float
    left: float


@dataclasses.dataclass(frozen=True)
class Room:
    """Memory and processors that a node has, or that a lab takes."""

    memory_mb: float
    cpus: float


def seconds(ahead: int, held: Sequence[Held], *, places: int, usual: float) -> float | None:
    """Seconds until the next place, for whom `ahead` people wait before; None where there are no places at all.

    Who gets a place holds it for the usual time, and so do those in front.
    """
    if places < 1:
        return None
    free = [0.0] * max(0, places - len(held))
    # Where there are fewer places than labs, the first to end free nothing.
    ends = sorted([*free, *(_until_free(one, usual) for one in held)])[max(0, len(held) - places) :]
    for _ in range(ahead):
        heapq.heapreplace(ends, ends[0] + usual)
    return round(ends[0], 1)


def places(nodes: Sequence[Room], lab: Room, *, at_most: int) -> int:
    """Labs that fit at once: each is on one node, that of its volume, so what is left over on two nodes is no place."""
    fit = sum(max(0, min(int(one.memory_mb // lab.memory_mb), int(one.cpus // lab.cpus))) for one in nodes)
    return min(fit, at_most)


def _until_free(one: Held, usual: float) -> float:
    """Who has stayed longer than usual is taken to stay for half of what is left to them."""
    expected = usual - one.age if one.age < usual else one.left / 2
    return max(0.0, min(expected, one.left))
