"""Who holds a lease: this very process, known by boot, pid and start time, so that its death can be told."""

import os

from labs.providers.local.processes import Identity, boot_id, identify, is_alive


def me() -> str:
    """The name of this process as an owner of leases."""
    identity = identify(os.getpid())
    return f"{boot_id()}/{os.getpid()}/{identity.started if identity else '?'}"


def is_dead(owner: str) -> bool:
    """Whether the owner is surely dead; of a process of another machine or boot, nobody here can say."""
    boot, _, rest = owner.partition("/")
    pid, _, started = rest.partition("/")
    if boot != boot_id() or not pid.isdigit() or not started:
        return False
    return not is_alive(Identity(boot=boot, pid=int(pid), started=started))
