"""Sends the next hint about a row; a broker that is away loses it, and the sweep looks instead."""

import logging
from typing import Any

log = logging.getLogger(__name__)
#: A row is due by the database's clock: a message that is a moment early would find it not due.
MARGIN_SECONDS = 0.05


def look_again(task: Any, row_id: int, *, again_in: float | None) -> None:
    """The same task for the same row after `again_in` seconds; None means that nothing is left to do."""
    if again_in is None:
        return
    try:
        task.apply_async((row_id,), countdown=again_in + MARGIN_SECONDS, retry=False)
    except Exception as error:  # any transport error: what matters stands in the database
        log.warning("no hint for %s %s: %s", task.name, row_id, error)
