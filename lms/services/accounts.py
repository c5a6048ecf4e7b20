"""Registration, sign-in and sessions."""

import datetime as dt
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError

from lms.models import LinkPurpose, OneTimeLink, Role, User, UserSession, db, db_now
from lms.services import installation, one_time_links, turns
from lms.services.errors import Invalid, NotAllowed
from lms.services.tokens import new_token, token_hash

MIN_PASSWORD = 10
MAX_PASSWORD = 200
_hasher = PasswordHasher()
#: Verified when no such account exists, so that the answer takes as long as for one that does.
_NOBODY = _hasher.hash(new_token())


def folded_email(email: str) -> str:
    """The one spelling under which an address is stored and found."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def register(*, email: str, name: str, password: str, role: Role = Role.LEARNER) -> User:
    """Creates an account; a taken address, an unusable one or a weak password is refused with its field."""
    if installation.current().registration == "closed":
        raise NotAllowed("Nobody can register here. Ask an administrator of the academy to invite you.")
    user = _checked_account(email, name, password, role)
    _commit_new(user, taken="This address has an account already. Sign in instead.")
    return user


def authenticate(*, email: str, password: str) -> User:
    """The account of these credentials; every refusal reads and takes the same."""
    user = db.session.scalar(select(User).where(User.email == folded_email(email)))
    stored = (user.password_hash if user else None) or _NOBODY
    try:
        _hasher.verify(stored, password[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        user = None
    if user is None or not user.active or user.password_hash is None:
        raise Invalid("Address or password is wrong. Check both and try again.", field="password")
    return user


def open_session(user: User, *, days: int, user_agent: str = "") -> str:
    """Starts a sign-in and returns the token for the browser's cookie."""
    token = new_token()
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    db.session.add(
        UserSession(token_hash=token_hash(token), user_id=user.id, expires_at=expires_at, user_agent=user_agent[:200])
    )
    db.session.commit()
    return token


def session_user(token: str) -> User | None:
    """Who is signed in with this token, or None when it ended, expired, or the account was switched off."""
    found = db.session.scalar(
        select(UserSession).where(UserSession.token_hash == token_hash(token), UserSession.expires_at > db_now())
    )
    return found.user if found and found.user.active else None


def close_session(token: str) -> None:
    db.session.execute(delete(UserSession).where(UserSession.token_hash == token_hash(token)))
    db.session.commit()


def change_password(user: User, *, current: str | None, new: str) -> None:
    """Sets a new password and ends every sign-in; `current` is None for who just came by a one-time link."""
    if current is not None:
        authenticate(email=user.email, password=current)
    user.password_hash = hashed(new)
    db.session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    db.session.commit()


def set_passwords(users: Iterable[User], password: str) -> None:
    """One password for all these accounts, given by whoever runs the platform; ends their sign-ins."""
    one = hashed(password)
    for user in users:
        user.password_hash = one
        db.session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    db.session.commit()


def first_administrator_token() -> str | None:
    """A fresh set-up token while no administrator exists; older ones stop working."""
    turns.of_administrators()
    if db.session.scalar(select(exists().where(User.role == Role.ADMINISTRATOR))):
        return None
    db.session.execute(delete(OneTimeLink).where(OneTimeLink.purpose == LinkPurpose.FIRST_ADMINISTRATOR))
    return one_time_links.new(LinkPurpose.FIRST_ADMINISTRATOR)


def create_first_administrator(token: str, *, email: str, name: str, password: str) -> User:
    """Spends the set-up link and makes the administrator in one transaction: bad input does not cost the link."""
    user = _checked_account(email, name, password, Role.ADMINISTRATOR)
    turns.of_administrators()
    one_time_links.spend(token, LinkPurpose.FIRST_ADMINISTRATOR)
    if db.session.scalar(select(exists().where(User.role == Role.ADMINISTRATOR))):
        raise Invalid("An administrator exists already. Ask them for an account.")
    _commit_new(user, taken="This address has an account already. Use another one.")
    return user


def _checked_account(email: str, name: str, password: str, role: Role) -> User:
    user = User(email=checked_email(email), name=checked_name(name), role=role)
    user.password_hash = hashed(password)
    return user


def _commit_new(user: User, *, taken: str) -> None:
    """Commits the account with all that the session has pending, or neither when the address is taken."""
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise Invalid(taken, field="email") from error


def checked_email(email: str) -> str:
    try:
        return folded_email(
            validate_email(folded_email(email), check_deliverability=False, test_environment=True).normalized
        )
    except EmailNotValidError as error:
        raise Invalid(f"This is no usable e-mail address: {error}", field="email") from error


def checked_name(name: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(name) <= 120:
        raise Invalid("Give a name of 1 to 120 characters.", field="name")
    return name


def hashed(password: str) -> str:
    """As it is stored; a password that is too short or too long is refused."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Invalid(f"Choose a password of {MIN_PASSWORD} to {MAX_PASSWORD} characters.", field="password")
    return _hasher.hash(password)
