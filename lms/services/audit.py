"""The append-only trail of what staff did: written in the transaction of the deed itself, read by whom it concerns."""

import dataclasses
import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from lms.models import AuditEntry, User, db

PAGE = 50


@dataclasses.dataclass(frozen=True)
class Line:
    """One deed as people read it; `changes` are (what, before, after), for those values that differ."""

    id: int
    at: dt.datetime
    actor: str
    subject: str
    subject_id: int | None
    action: str
    object: str
    changes: tuple[tuple[str, str, str], ...]
    reason: str


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


def about(user_id: int, *, limit: int = 200) -> list[Line]:
    """What was done to this person's record, newest first; staff and the person see the same."""
    return _lines(AuditEntry.subject_id == user_id, limit=limit)


def page(number: int, *, search: str = "") -> tuple[list[Line], bool]:
    """A page of the whole trail, newest first, and whether older entries follow."""
    where = [_holding(search.strip())] if search.strip() else []
    found = _lines(*where, limit=PAGE + 1, offset=PAGE * (max(1, number) - 1))
    return found[:PAGE], len(found) > PAGE


def _holding(text: str) -> ColumnElement[bool]:
    named = User.name.icontains(text, autoescape=True) | User.email.icontains(text, autoescape=True)
    people = select(User.id).where(named)
    said = AuditEntry.action.icontains(text, autoescape=True) | AuditEntry.object.icontains(text, autoescape=True)
    return said | AuditEntry.subject_id.in_(people) | AuditEntry.actor_id.in_(people)


def _lines(*where: ColumnElement[bool], limit: int, offset: int = 0) -> list[Line]:
    actor, subject = aliased(User), aliased(User)
    wanted = (
        select(AuditEntry, actor.name, subject.name)
        .outerjoin(actor, actor.id == AuditEntry.actor_id)
        .outerjoin(subject, subject.id == AuditEntry.subject_id)
        .where(*where)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    rows = db.session.execute(wanted.limit(limit).offset(offset))
    return [_line(entry, by or "the platform", whom or "") for entry, by, whom in rows]


def _line(entry: AuditEntry, by: str, whom: str) -> Line:
    before, after = entry.before or {}, entry.after or {}
    names = [*before, *(name for name in after if name not in before)]
    changes = tuple(
        (name, _shown(before.get(name)), _shown(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    )
    what = _named(entry, whom)
    return Line(entry.id, entry.at, by, whom, entry.subject_id, entry.action, what, changes, entry.reason)


def _named(entry: AuditEntry, whom: str) -> str:
    """What was acted on; an account by its person's name, which the trail itself does not hold."""
    is_subject = entry.object == f"account {entry.subject_id}"
    return f"{whom}'s account" if is_subject and whom else entry.object


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
