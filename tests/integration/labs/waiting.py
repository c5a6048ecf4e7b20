"""Waiting for a lab, as a worker does it: step by step, with a deadline."""

from __future__ import annotations

import time

from labs.ports import Observation, Provider
from labs.spec import LabSpec
from tests.factories.waiting import pause


def until_settled(provider: Provider, lab: LabSpec, *, seconds: float = 120.0) -> Observation:
    """Call `ensure` until the lab is ready or failed."""
    started = time.monotonic()
    while (seen := provider.ensure(lab)).state not in ("ready", "failed"):
        assert time.monotonic() - started < seconds, f"{lab.name} is still {seen}"
        pause(started, every=0.05)
    return seen


def until_ready(provider: Provider, lab: LabSpec) -> Observation:
    """Call `ensure` until the lab is ready."""
    seen = until_settled(provider, lab)
    assert seen.state == "ready", seen
    return seen


def must_have_shown_its_page(provider: Provider, lab: LabSpec) -> None:
    """JupyterLab showed its page to itself before it took connections, so the learner's first time is not its first."""
    said = provider.logs(lab, "workspace")
    assert 0 < said.find("The first page was shown") < said.find("is running at"), said
