"""What the Docker provider promises, line by line; tests/integration/labs shows each."""

from __future__ import annotations

from labs.ports import Promise, Promises

_DISK = {
    True: Promise(
        subject="Disk", about=("disk",), kept="yes",
        how="All that a lab keeps is on a disk of its own that cannot grow; the rest is memory of the lab, within its "
        "limit."
    ),
    False: Promise(
        subject="Disk", about=("disk",), kept="no", how="This engine has no loop devices: a lab can fill the disk."
    ),
}  # fmt: skip
_LIMITED = (
    Promise(
        subject="Files",
        about=("files",),
        kept="yes",
        how="A lab sees its own files only; everything else in its containers is read-only.",
    ),
    Promise(
        subject="Network",
        about=("network",),
        kept="yes",
        how="A lab reaches its own components and nothing else: no other lab, not this machine; the internet's "
        "web only if its lab file says so, by a proxy that leads to no private address.",
    ),
    Promise(
        subject="Processes",
        about=("processes",),
        kept="yes",
        how="A lab's processes are an ordinary user without any privilege and see no others; their number is limited.",
    ),
    Promise(
        subject="Memory",
        about=("memory",),
        kept="yes",
        how="The lab's memory is divided among its components; one that takes more is ended.",
    ),
    Promise(
        subject="CPU",
        about=("cpu",),
        kept="partly",
        how="Each component has the lab's limit; several that are busy at once can pass it together.",
    ),
)
_BESIDE = (
    Promise(
        subject="Way in",
        kept="yes",
        how="A browser reaches the workspace alone, by this lab's host name and token.",
    ),
    Promise(
        subject="The platform's secrets",
        kept="yes",
        how="No lab holds any, and none is on a disk that a lab sees.",
    ),
    Promise(
        subject="Python packages",
        about=("packages",),
        kept="yes",
        how="`pip install` lands in a layer of this lab alone; the locked environment beneath stays as it is.",
    ),
    Promise(
        subject="Kernel",
        kept="partly",
        how="Labs share this machine's kernel; a fault in it can break every promise above.",
    ),
)


def promises(*, capped_disks: bool) -> Promises:
    """Say what isolation a lab gets."""
    return Promises(
        provider="docker",
        summary="Labs run as containers of one machine. They share its kernel; use it for a team that has a server.",
        rows=(*_LIMITED, _DISK[capped_disks], *_BESIDE),
    )
