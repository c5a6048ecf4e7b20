"""The settings of this installation, as the services need them: put in place by whoever binds the database."""

from lms.config import Settings

_current: Settings | None = None


def install(settings: Settings) -> None:
    global _current
    _current = settings


def current() -> Settings:
    if _current is None:
        raise RuntimeError("no settings were installed: lms.database.bind_database does it")
    return _current
