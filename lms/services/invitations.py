"""Invitations: an account without a password and a link that works once, which whoever invites passes on themselves."""

import dataclasses
import re

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from lms.models import LinkPurpose, OneTimeLink, User, db
from lms.services import access, accounts, address_list, audit, cohorts, one_time_links, turns
from lms.services.address_list import Addressee
from lms.services.errors import Conflict, Invalid

DAYS = 7
MOST = 200


@dataclasses.dataclass(frozen=True)
class Invitation:
    """The token is known here and nowhere else."""

    user: User
    token: str


@dataclasses.dataclass(frozen=True)
class Invited:
    """`present` have an account that they get into without an invitation."""

    new: list[Invitation]
    present: list[User]


def invite(actor: User, typed: str, *, cohort_id: int | None = None) -> Invited:
    """All of these people or, when one address can not be used, nobody; all of them join the cohort, if one is named.

    Who was invited before and has no password yet gets a fresh link; the older one stops working.
    """
    access.administrators_only(actor)
    cohort = cohorts.get(actor, cohort_id) if cohort_id is not None else None
    wanted = _checked(address_list.read(typed))
    turns.of_administrators()
    known = address_list.accounts_of(wanted)
    try:
        people = [known.get(one.email) or _account(one) for one in wanted]
        new = [_invitation(actor, user) for user in people if user.active and user.password_hash is None]
        if cohort is not None:
            cohorts.join(actor, cohort, people)
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("Somebody of these registered this very moment. Send the list once more.") from error
    invited = {one.user.id for one in new}
    return Invited(new, [user for user in people if user.id not in invited])


def waiting(people: list[User]) -> set[int]:
    """Who of them was invited and has not come yet."""
    ids = [user.id for user in people if user.password_hash is None]
    wanted = select(OneTimeLink.user_id).where(OneTimeLink.purpose == LinkPurpose.INVITATION)
    return set(db.session.scalars(wanted.where(OneTimeLink.user_id.in_(ids), OneTimeLink.used_at.is_(None))))


def accept(token: str, *, name: str, password: str) -> User:
    """The invited person's own name and password; what is refused does not cost the link."""
    name, stored = accounts.checked_name(name), accounts.hashed(password)
    user = db.session.get(User, one_time_links.spend(token, LinkPurpose.INVITATION) or 0)
    if user is None or not user.active:
        db.session.rollback()
        raise Invalid("This invitation does not work any more. Ask for a new one.")
    user.name, user.password_hash = name, stored
    db.session.commit()
    return user


def _checked(wanted: list[Addressee]) -> list[Addressee]:
    if not 1 <= len(wanted) <= MOST:
        raise Invalid(f"Type 1 to {MOST} e-mail addresses at a time.", field="people")
    usable, refused = [], []
    for one in wanted:
        try:
            usable.append(Addressee(accounts.checked_email(one.email), _name(one)))
        except Invalid:
            refused.append(str(one))
    if refused:
        shown = ", ".join(refused[:10]) + (f" and {len(refused) - 10} more" if len(refused) > 10 else "")
        raise Invalid(f"Nobody was invited. These can not be used, mend or remove them: {shown}.", field="people")
    return usable


def _name(one: Addressee) -> str:
    """As given, else made from the address; the person corrects it when they come."""
    local = one.email.partition("@")[0]
    return accounts.checked_name(one.name or re.sub(r"[._+-]+", " ", local).strip().title() or local)


def _account(one: Addressee) -> User:
    user = User(email=one.email, name=one.name)
    db.session.add(user)
    db.session.flush()
    return user


def _invitation(actor: User, user: User) -> Invitation:
    older = (OneTimeLink.user_id == user.id, OneTimeLink.purpose == LinkPurpose.INVITATION)
    db.session.execute(delete(OneTimeLink).where(*older))
    audit.record(actor=actor, subject_id=user.id, action="invited", object=f"account {user.id}")
    return Invitation(user, one_time_links.add(LinkPurpose.INVITATION, user=user, hours=24 * DAYS))
