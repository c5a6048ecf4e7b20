"""One supervisor an instance: a lock that the kernel drops when its holder ends, however it ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from labs.providers.machine.processes import Identity, identify
from lms.supervisor.identity import living, read_identities, write_identities
from lms.supervisor.places import Places


class AlreadyRunning(Exception):
    """Another `lms up` holds this instance."""

    def __init__(self, holder: Identity | None) -> None:
        self.holder = holder
        super().__init__(f"process {holder.pid}" if holder else "another process")


@contextlib.contextmanager
def sole_supervisor(places: Places) -> Iterator[None]:
    """Hold the instance, or raise `AlreadyRunning` with the holder's identity."""
    with places.lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(running_supervisor(places)) from None
        me = identify(os.getpid())
        if me is not None:
            write_identities(places.supervisor, {"supervisor": me})
        try:
            yield
        finally:
            places.supervisor.unlink(missing_ok=True)


def running_supervisor(places: Places) -> Identity | None:
    """The supervisor of this instance if it lives."""
    stored = read_identities(places.supervisor).get("supervisor")
    return stored if stored and living(stored) else None
