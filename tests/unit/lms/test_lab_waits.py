"""How long a place in the line takes, and how many places there are."""

import pytest

from lms.services.lab_waits import Held, seconds

HOUR = 3600.0


@pytest.mark.parametrize(
    ("ahead", "held", "at_once", "expected"),
    [
        (0, [], 2, 0.0),
        (0, [Held(0, 2 * HOUR)], 1, HOUR),
        (0, [Held(0, 600)], 1, 600.0),
        (0, [Held(2 * HOUR, HOUR)], 1, HOUR / 2),
        (0, [Held(600, 2 * HOUR), Held(1200, 2 * HOUR)], 2, HOUR - 1200),
        (1, [Held(600, 2 * HOUR), Held(1200, 2 * HOUR)], 2, HOUR - 600),
        (2, [Held(600, 2 * HOUR), Held(1200, 2 * HOUR)], 2, 2 * HOUR - 1200),
        (0, [Held(600, 2 * HOUR), Held(1200, 2 * HOUR)], 1, HOUR - 600),
        (0, [Held(-5, -1)], 1, 0.0),
        (3, [], 0, None),
    ],
)
def test_the_wait_follows_from_who_holds_a_place_and_who_is_ahead(
    ahead: int, held: list[Held], at_once: int, expected: float | None
) -> None:
    assert seconds(ahead, held, places=at_once, usual=HOUR) == expected


def test_nobody_who_came_later_is_told_a_shorter_wait() -> None:
    held = [Held(age, 2 * HOUR) for age in (0, 700, 1400, 5000)]
    told = [seconds(ahead, held, places=4, usual=HOUR) or 0 for ahead in range(12)]
    assert told == sorted(told)
