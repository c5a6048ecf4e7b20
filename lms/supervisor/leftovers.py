"""Finds and ends what a killed supervisor left behind; labs are not among it."""

import contextlib
import os

import psutil

from lms.supervisor.identity import living, read_identities
from lms.supervisor.places import MARKER, Places


def leftovers(places: Places) -> list[psutil.Process]:
    """Processes of this instance's platform that still live: those recorded, and those they forked.

    A fork counts when it carries the instance's marker and stayed in its parent's session; a lab has left both.
    """
    recorded = read_identities(places.children)
    found = {process.pid: process for one in recorded.values() if (process := living(one))}
    sessions = {one.pid for one in recorded.values()}
    for process in psutil.process_iter():
        if process.pid in found or process.pid == os.getpid():
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) in sessions and process.environ().get(MARKER) == str(places.instance):
                found[process.pid] = process
    return list(found.values())


def end_leftovers(places: Places, *, patience: float = 3.0) -> int:
    """Ask them to end, then make them; how many there were."""
    found = leftovers(places)
    end(found, patience=patience)
    places.children.unlink(missing_ok=True)
    return len(found)


def end(processes: list[psutil.Process], *, patience: float) -> None:
    """SIGTERM, some patience, SIGKILL; a process that is gone already is fine."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=2)
