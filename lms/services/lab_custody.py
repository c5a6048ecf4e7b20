"""Whether this database and what runs the labs belong together: until that is sure, nothing is reaped.

A database that was restored does not know the labs that were started since, and would take them for nobody's. So each
look notes at the provider whose it was and its number: a database that is behind that note is disarmed, and stays
so until an administrator has looked and says `lms labs arm`.
"""

import dataclasses
import datetime as dt
import secrets
from collections.abc import Collection, Iterable

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from labs.ports import Owned, Provider
from lms.models import Lab, LabCustody, db, db_now
from lms.services import leases
from lms.services.leases import Lease

LEASE_SECONDS = 300.0
_ROW = 1


@dataclasses.dataclass(frozen=True)
class Suspicion:
    """What is wrong with one lab of the provider, and since when that is seen at every look."""

    name: str
    generation: int | None
    running: bool
    why: str
    since: dt.datetime

    @property
    def what(self) -> tuple[str, int | None, str]:
        """Equal when it is the same thing again."""
        return self.name, self.generation, self.why


@dataclasses.dataclass(frozen=True)
class Custody:
    """What the last look found; `disarmed` says why nothing is reaped."""

    disarmed: str | None
    arming_asked: bool
    suspicions: tuple[Suspicion, ...]
    looked_at: dt.datetime | None


def current() -> Custody | None:
    """For whoever wants to know; None when nobody has looked yet."""
    row = db.session.get(LabCustody, _ROW, populate_existing=True)
    return _read(row) if row else None


def sentence(custody: Custody | None) -> str:
    """How it stands, for whoever runs the platform."""
    if custody is not None and custody.arming_asked:
        return "Arming was asked for; a worker does it at its next look."
    if custody is None or custody.looked_at is None:
        return "No worker has looked yet for labs that the database does not know."
    if custody.disarmed:
        return f"Nothing is ended, because {custody.disarmed}."
    return "A lab that the database does not know is ended once it has been there for ten minutes."


def ask_for_arming() -> None:
    """The next look takes this database for the right one: what no row knows then is an orphan."""
    _make()
    db.session.execute(update(LabCustody).where(LabCustody.id == _ROW).values(arming_asked=True))
    db.session.commit()


def begin(owner: str) -> Lease | None:
    """The right to look, numbered by its fence; None while somebody else looks."""
    _make()
    return leases.take(LabCustody, _ROW, owner=owner, seconds=LEASE_SECONDS)


def compare(lease: Lease, provider: Provider, owned: Collection[Owned], unknown: Iterable[Owned]) -> str | None:
    """Why this database is disarmed, or None; then the provider has noted it."""
    row = leases.fresh(LabCustody, _ROW)
    if row.arming_asked:
        # Written before it is noted: who dies in between is followed by a look that arms again.
        leases.write(lease, epoch=secrets.token_hex(16))
        provider.note_epoch(f"{leases.fresh(LabCustody, _ROW).epoch}:{lease.fence}")
        return None
    # What was there when an administrator armed it, or what an armed look found, does not disarm it a look later.
    suspected = {one.name for one in _read(row).suspicions}
    unsuspected = [one for one in owned if one.name not in suspected]
    why = row.disarmed or _mismatch(row.epoch, lease.fence, provider.epoch(), unsuspected, list(unknown))
    if why is None:
        provider.note_epoch(f"{row.epoch}:{lease.fence}")
    return why


def end(lease: Lease, *, disarmed: str | None, suspicions: Collection[Suspicion], was_asked: bool) -> None:
    """Writes what the look found."""
    found = [dataclasses.asdict(one) | {"since": one.since.isoformat()} for one in suspicions]
    asked = {"arming_asked": False} if was_asked else {}
    leases.release(lease, disarmed=disarmed, suspicions=found, looked_at=now(), **asked)


def now() -> dt.datetime:
    """The database's clock, as a value."""
    return db.session.execute(select(db_now())).scalar_one()


def _make() -> None:
    """The row of this installation; the first to ask makes it."""
    if db.session.get(LabCustody, _ROW) is None:
        db.session.add(LabCustody(id=_ROW, epoch=secrets.token_hex(16), suspicions=[]))
        try:
            db.session.flush()
        except IntegrityError:
            db.session.rollback()
    db.session.commit()


def since(row: LabCustody) -> dict[tuple[str, int | None, str], dt.datetime]:
    """Since when each thing that the last look found is seen."""
    return {one.what: one.since for one in _read(row).suspicions}


def _read(row: LabCustody) -> Custody:
    found = [Suspicion(**one | {"since": dt.datetime.fromisoformat(one["since"])}) for one in row.suspicions]
    return Custody(row.disarmed, row.arming_asked, tuple(found), row.looked_at)


def _mismatch(epoch: str, number: int, noted: str | None, owned: Collection[Owned], unknown: list[Owned]) -> str | None:
    newest = db.session.scalar(select(func.max(Lab.id))) or 0
    db.session.commit()
    if noted is None:
        return "what runs the labs holds some that this database does not know, and no note of it" if unknown else None
    whose, _, count = noted.partition(":")
    if whose != epoch:
        return "what runs the labs was last used with another database"
    if not count.isdigit() or int(count) >= number:
        return "the database is older than what runs the labs: it was restored"
    ahead = [one.name for one in owned if (one.lab_id or 0) > newest]
    return f"{ahead[0]} is newer than every lab of this database: it was restored" if ahead else None
