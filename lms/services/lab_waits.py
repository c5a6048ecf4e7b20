"""How long somebody in the line will probably wait. Pure; an estimate, said as such."""

import dataclasses
import heapq
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Held:
    """A place that is taken: for how many seconds, and for how many more at most."""

    age: float
    left: float


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


def _until_free(one: Held, usual: float) -> float:
    """Who has stayed longer than usual is taken to stay for half of what is left to them."""
    expected = usual - one.age if one.age < usual else one.left / 2
    return max(0.0, min(expected, one.left))
