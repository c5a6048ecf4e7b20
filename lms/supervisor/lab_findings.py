"""What `lms doctor` says of labs as a whole: those that the database does not know, and those to be kept ready."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from labs.catalogue import loader
from lms.command import command as lms
from lms.config import Settings
from lms.database import lone_engine
from lms.models import LabCustody
from lms.supervisor.finding import Finding
from schema import Problems

_LAST_LOOK = select(LabCustody.disarmed, LabCustody.suspicions).where(LabCustody.looked_at.is_not(None))


def examine(settings: Settings) -> Iterator[Finding]:
    """Nothing is said where no worker has looked yet."""
    with contextlib.suppress(SQLAlchemyError):  # the database has a line of its own
        yield from _custody(settings)
    if settings.lab_pool:
        yield _pool(settings)


def components_of_labs() -> set[str]:
    """The components that some lab of the content has."""
    return {name for lab in loader.load_labs(loader.HERE, Problems()).values() for name in lab.components}


def _custody(settings: Settings) -> Iterator[Finding]:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    engine = lone_engine(settings)
    try:
        with engine.connect() as connection:
            found = connection.execute(_LAST_LOOK).one_or_none()
    finally:
        engine.dispose()
    if found is None:
        return
    count, subject = len(found.suspicions), "unknown labs"
    if found.disarmed:
        mend = f"Look at them: {lms('labs', settings)}\nWhen they may go: {lms('labs arm', settings)}"
        yield Finding(subject, "degraded", f"{count} found, and none is ended: {found.disarmed}", mend)
    elif count:
        yield Finding(subject, "good", f"{count} found; they are ended when they stay for ten minutes")
    else:
        yield Finding(subject, "good", "none; one that is there for ten minutes would be ended")


def _pool(settings: Settings) -> Finding:
    unknown = [slug for slug in settings.lab_pool_sizes if not (loader.HERE / slug / "lab.yaml").exists()]
    if unknown:
        what = f"ACADEMY_LAB_POOL names {', '.join(unknown)}, and there is no such lab"
        return Finding("labs kept ready", "degraded", what, "Take it out, or correct it.")
    whole = sum(settings.lab_pool_sizes.values())
    if whole > settings.labs_at_once:
        what = f"ACADEMY_LAB_POOL asks for {whole}, and ACADEMY_LABS_AT_ONCE is {settings.labs_at_once}"
        return Finding("labs kept ready", "degraded", what, "Give the machine more places, or the pool fewer labs.")
    return Finding("labs kept ready", "good", settings.lab_pool)
