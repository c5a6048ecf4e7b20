"""People as somebody types or pastes them: addresses, with a name where one stands beside."""

import dataclasses
import re
from collections.abc import Iterable

from sqlalchemy import select

from lms.models import User, db
from lms.services import accounts


@dataclasses.dataclass(frozen=True)
class Addressee:
    """`email` is folded but not checked: it is what was typed where an address was expected."""

    email: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


def read(typed: str) -> list[Addressee]:
    """Everybody who is named, once, in order; separated by lines, commas, semicolons, or spaces between addresses."""
    found: dict[str, Addressee] = {}
    for part in re.split(r"[\n,;]", typed):
        for one in _people(part.split()):
            found.setdefault(one.email, one)
    return list(found.values())


def accounts_of(people: Iterable[Addressee]) -> dict[str, User]:
    """The accounts that exist, by address."""
    wanted = [one.email for one in people]
    return {user.email: user for user in db.session.scalars(select(User).where(User.email.in_(wanted)))}


def _people(words: list[str]) -> list[Addressee]:
    """One address with words around it has them for a name; what has no address at all is kept as it was typed."""
    addresses = [word for word in words if "@" in word]
    others = " ".join(word for word in words if "@" not in word).strip("\"'")
    if len(addresses) == 1:
        return [Addressee(_bare(addresses[0]), others)]
    return [Addressee(_bare(word)) for word in addresses] + ([Addressee(others)] if others else [])


def _bare(word: str) -> str:
    return accounts.folded_email(word.strip("<>()[]\"'").removeprefix("mailto:"))
