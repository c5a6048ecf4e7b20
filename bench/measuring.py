"""What several measurements need: whether something answers, how times spread, and tables."""

from collections.abc import Sequence

import httpx


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
