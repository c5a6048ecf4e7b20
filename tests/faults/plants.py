"""Bugs that the suite must find: planted by name into the process that is tested, never into the product."""

import os
from collections.abc import Callable
from typing import Any

from lms.models import db
from lms.services import leases, submissions, uploads


def plant(name: str | None) -> None:
    """Put the bug of this name in place; nothing without a name."""
    if name:
        PLANTS[name]()


def _ack_before_commit() -> None:
    """The browser is told that its upload was accepted, and the row is committed a moment later."""
    original = submissions.submit_zip

    def hasty(*arguments: Any, **named: Any) -> Any:
        return original(*arguments, **named)

    def never_commits(*arguments: Any, **named: Any) -> Any:
        commit, db.session().commit = db.session().commit, db.session().flush  # type: ignore[method-assign]  # the bug
        try:
            return hasty(*arguments, **named)
        finally:
            db.session().commit = commit  # type: ignore[method-assign]  # later commits are real ones

    submissions.submit_zip = never_commits


def _no_fence() -> None:
    """A worker whose lease was taken by another still writes."""

    def unfenced(lease: leases.Lease, values: dict[str, Any]) -> None:
        db.session.execute(db.update(lease.model).where(lease.model.id == lease.row_id).values(**values))

    leases._write = unfenced


def _accept_before_bytes() -> None:
    """The row names an upload that never got its name on the disk."""

    def forgets(self: uploads.Received) -> uploads.Stored:
        return uploads.Stored(self.sha256, self.size, uploads.path_of(self.sha256))

    uploads.Received.accept = forgets  # type: ignore[method-assign]  # the bug


def _no_unique_form() -> None:
    """A form sent again makes a second submission."""
    original = submissions._accept

    def forgets(*arguments: Any, form_key: str, **named: Any) -> Any:
        return original(*arguments, form_key=f"{form_key}-{os.getpid()}", **named)

    submissions._accept = forgets
    submissions._before = lambda *_: None


PLANTS: dict[str, Callable[[], None]] = {
    "ack-before-commit": _ack_before_commit,
    "no-fence": _no_fence,
    "accept-before-bytes": _accept_before_bytes,
    "no-unique-form": _no_unique_form,
}
