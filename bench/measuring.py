"""What several measurements need: a lab that is ready, whether something answers, how times spread, and tables."""

import time
from collections.abc import Sequence

import httpx

from labs.ports import Observation, Provider
from labs.spec import LabSpec
from lms.services.lab_reconciler import look_again_in

PATIENCE_SECONDS = 600.0


def until_ready(provider: Provider, lab: LabSpec) -> tuple[Observation, float]:
    """What is there when the lab is ready, and the seconds until then; asked step by step as a worker does it."""
    started = time.monotonic()
    while (seen := provider.ensure(lab)).state != "ready":
        if seen.problem or time.monotonic() - started > PATIENCE_SECONDS:
            raise SystemExit(f"the lab did not start: {seen}")
        time.sleep(look_again_in(time.monotonic() - started))
    return seen, time.monotonic() - started


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def heading(*columns: str) -> None:
    """The head of a table: names to the left, numbers to the right."""
    row(*columns)
    row("---", *["---:"] * (len(columns) - 1))


def row(*cells: str) -> None:
    """A line of it, shown at once: the next may take minutes."""
    print(f"| {' | '.join(cells)} |", flush=True)
