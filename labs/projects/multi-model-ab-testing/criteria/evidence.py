"""What several criteria show."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labs.exams.asks import Ask
from labs.exams.report import Evidence
from labs.exams.two_arms import TwoArms

#: Of so many users a tenth are for model B; that it is asked for none of them happens once in 10**9.
ENOUGH_TO_COUNT = 200


def reached_b(asks: Sequence[Ask]) -> list[bool]:
    """For every request, whether model B was called for it."""
    return ["model-b" in ask.arms for ask in asks]


def was_left_out(asks: Sequence[Ask]) -> bool:
    """Whether so many were sent to model A, and none to B, that neither chance nor a busy machine explains it."""
    return sum(bool(ask.arms) for ask in asks) >= ENOUGH_TO_COUNT and not any(reached_b(asks))


def logs(system: TwoArms, passed: bool) -> list[Evidence]:
    """The services' logs where points were lost."""
    return [] if passed else [*system.logs()]


def per_second(asks: Sequence[Ask], origin: float, is_counted: Callable[[Ask], bool]) -> list[tuple[float, float]]:
    """For every second, the share of requests that count."""
    seconds: dict[int, list[bool]] = {}
    for ask in asks:
        seconds.setdefault(int((ask.sent - origin) // 1), []).append(is_counted(ask))
    return [(float(second), sum(flags) / len(flags)) for second, flags in sorted(seconds.items())]
