"""Waiting with a deadline: the only place of these tests that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable

from labs.ports import Observation, Provider
from labs.spec import LabSpec


def until(condition: Callable[[], bool], *, seconds: float = 30.0, what: str = "the condition") -> None:
    """Poll until the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(0.05)


def until_settled(provider: Provider, lab: LabSpec, *, seconds: float = 120.0) -> Observation:
    """Call `ensure` until the lab is ready or failed."""
    deadline = time.monotonic() + seconds
    while (seen := provider.ensure(lab)).state not in ("ready", "failed"):
        assert time.monotonic() < deadline, f"{lab.name} is still {seen}"
        time.sleep(0.05)
    return seen


def until_ready(provider: Provider, lab: LabSpec) -> Observation:
    """Call `ensure` until the lab is ready."""
    seen = until_settled(provider, lab)
    assert seen.state == "ready", seen
    return seen
