"""When did traffic leave a model: a rule on requests, so that a busy machine does not change it."""

from collections.abc import Sequence

QUIET_REQUESTS = 250  # five seconds at 50 requests a second
QUIET_AT_MOST = 2  # 1 % of them; a share of 10 % gives this few once in a thousand million times


def quiet_from(reached_b: Sequence[bool], *, start: int = 0) -> int | None:
    """The first request at or after `start` from which at most 2 of the next 250 reached model B."""
    flags = [int(flag) for flag in reached_b[start:]]
    if len(flags) < QUIET_REQUESTS:
        return None
    count = sum(flags[:QUIET_REQUESTS])
    for i in range(len(flags) - QUIET_REQUESTS + 1):
        if count <= QUIET_AT_MOST:
            return start + i
        if i + QUIET_REQUESTS < len(flags):
            count += flags[i + QUIET_REQUESTS] - flags[i]
    return None
