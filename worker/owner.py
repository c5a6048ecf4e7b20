"""Who holds a lease: this very process, known by boot, pid and start time, so that its death can be told.

Containers of one machine share its boot and count their processes each for itself, so a pid also has its namespace.
"""

import os
import sys
from functools import cache
from pathlib import Path

from labs.providers.machine.processes import Identity, boot_id, identify, is_alive


def me() -> str:
    """The name of this process as an owner of leases."""
    identity = identify(os.getpid())
    return f"{_place()}/{os.getpid()}/{identity.started if identity else '?'}"


def is_dead(owner: str) -> bool:
    """Whether the owner is surely dead; of a process of another machine, boot or container, nobody here can say."""
    place, _, rest = owner.partition("/")
    pid, _, started = rest.partition("/")
    if place != _place() or not pid.isdigit() or not started:
        return False
    return not is_alive(Identity(boot=boot_id(), pid=int(pid), started=started))


@cache
def _place() -> str:
    """The boot and what counts the pids: two places that are equal have the same processes."""
    if sys.platform != "linux":
        return boot_id()
    return f"{boot_id()}.{Path('/proc/self/ns/pid').stat().st_ino}"
