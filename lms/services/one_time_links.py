"""Links that work once and for a while: to sign in, to accept an invitation, to become the first administrator."""

import datetime as dt

from sqlalchemy import ColumnElement, select, update

from lms.models import LinkPurpose, OneTimeLink, User, db, db_now
from lms.services.errors import Invalid
from lms.services.tokens import new_token, token_hash


def new(purpose: LinkPurpose, *, user: User | None = None, hours: int = 48) -> str:
    """A token for a link that works once and within `hours`."""
    token = add(purpose, user=user, hours=hours)
    db.session.commit()
    return token


def add(purpose: LinkPurpose, *, user: User | None, hours: int) -> str:
    """The same within the open transaction: the caller commits the link with what it is for."""
    token = new_token()
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)
    user_id = user.id if user else None
    db.session.add(OneTimeLink(token_hash=token_hash(token), purpose=purpose, user_id=user_id, expires_at=expires_at))
    return token


def is_good(token: str, purpose: LinkPurpose) -> bool:
    return db.session.scalar(select(OneTimeLink.id).where(*_usable(token, purpose))) is not None


def user_of(token: str, purpose: LinkPurpose) -> User | None:
    """Whose link this is, as long as it is good and their account is switched on."""
    wanted = select(User).join(OneTimeLink, OneTimeLink.user_id == User.id)
    return db.session.scalar(wanted.where(*_usable(token, purpose), User.active.is_(True)))


def use_to_sign_in(token: str) -> User:
    """Spends the link; the second use, an old or foreign link is refused."""
    user = db.session.get(User, spend(token, LinkPurpose.SIGN_IN) or 0)
    if user is None or not user.active:
        raise Invalid("This sign-in link was used already or has expired. Ask for a new one.")
    db.session.commit()
    return user


def spend(token: str, purpose: LinkPurpose) -> int | None:
    """Marks the link used within the open transaction; only the first of two callers gets through."""
    spent = db.session.execute(
        update(OneTimeLink).where(*_usable(token, purpose)).values(used_at=db_now()).returning(OneTimeLink.user_id)
    ).first()
    if spent is None:
        db.session.rollback()
        raise Invalid("This link was used already or has expired. Ask for a new one.")
    return spent[0]


def _usable(token: str, purpose: LinkPurpose) -> tuple[ColumnElement[bool], ...]:
    return (
        OneTimeLink.token_hash == token_hash(token),
        OneTimeLink.purpose == purpose,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > db_now(),
    )
