"""Waiting for a condition with a deadline."""

import time
from collections.abc import Callable


def until(what: str, condition: Callable[[], object], *, seconds: float = 60, every: float = 0.02) -> float:
    """Waits for the condition and returns how long that took; TimeoutError names it when it does not come."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(every)
    return time.monotonic() - started
