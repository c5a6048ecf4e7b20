"""Writes the append-only trail of what staff did, in the transaction of the deed itself."""

from typing import Any

from lms.models import AuditEntry, User, db


def record(
    *,
    actor: User,
    subject_id: int | None,
    action: str,
    object: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Adds the entry to the open transaction; the caller commits both or neither."""
    db.session.add(
        AuditEntry(
            actor_id=actor.id,
            subject_id=subject_id,
            action=action,
            object=object,
            before=before,
            after=after,
            reason=reason,
        )
    )
