"""Tells the workers where to look, after the commit: a hint that may be lost, never the truth.

`look_at("lab", 17)` inside a transaction sends the task `academy.look_at_lab(17)` once that transaction has committed.
When the broker is away nothing fails: the periodic sweep does the same work a few seconds later.
"""

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from lms.models import db

log = logging.getLogger(__name__)
Send = Callable[[str, int], None]
_PENDING = "academy.hints"
_send: Send | None = None


def install(send: Send | None) -> None:
    """Composition roots say how a hint travels; None drops them all (the sweep remains)."""
    global _send
    _send = send


def look_at(kind: str, row_id: int) -> None:
    db.session().info.setdefault(_PENDING, []).append((kind, row_id))


@event.listens_for(Session, "after_commit")
def _send_pending(session: Session) -> None:
    for kind, row_id in session.info.pop(_PENDING, []):
        _try_to_send(kind, row_id)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session, *_: Any) -> None:
    session.info.pop(_PENDING, None)


def _try_to_send(kind: str, row_id: int) -> None:
    if _send is None:
        return
    try:
        _send(kind, row_id)
    except Exception as error:  # the broker is a hint: its absence must not fail what was committed
        log.warning("hint for %s %s was not sent: %s", kind, row_id, error)
