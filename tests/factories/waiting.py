"""Waiting for a condition with a deadline."""

import time
from collections.abc import Callable


def until(what: str, condition: Callable[[], object], *, seconds: float = 60, every: float = 0.02) -> float:
    """Waits for the condition and returns how long that took; TimeoutError names it when it does not come."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"not within {seconds} s: {what}")
        pause(started, every=every)
    return time.monotonic() - started


def pause(started: float, *, every: float = 0.02) -> None:
    """What takes long is looked at less often: a look takes from the processors what the awaited needs."""
    time.sleep(min(0.5, max(every, 0.05 * (time.monotonic() - started))))
