"""Ends the cluster by the ids it noted, and shows that nothing is left."""

import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.cluster.equipment import cgroups
from tests.cluster.equipment.cache import alone
from tests.cluster.equipment.network import interface_left, remove_network
from tests.cluster.equipment.notes import boot_id, read_notes
from tests.cluster.equipment.places import EquipmentError, Places

#: With these a start is a matter of seconds.
IMAGES = ("containerd-root", "containerd-opt")


def down(places: Places, *, say: Callable[[str], None]) -> None:
    """Ends it when nobody is in the middle of starting it."""
    with alone(places.turn):
        clear(places, say=say)


def clear(places: Places, *, say: Callable[[str], None], keep_images: bool = False, keep_logs: bool = False) -> None:
    """Safe to call at any time. With the first process of the namespaces the kernel ends all others."""
    notes = read_notes(places.notes)
    if notes is not None and notes.boot == boot_id():
        say("ending the cluster's processes")
        for process in (notes.holder, notes.launcher):
            if process is not None:
                process.end(grace=5)
    say("removing what it made")
    remove_network(places.addresses)
    stuck = cgroups.remove(places.cgroup)
    for folder in notes.folders if notes else ():
        # Not empty means that somebody else uses it by now.
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
    _remove_files(places, keep=(IMAGES if keep_images else ()) + (("logs",) if keep_logs else ()))
    left = [] if keep_images or keep_logs else _settled(places)
    if left:
        raise EquipmentError("the cluster is down, but this is left:\n" + "\n".join(f"  {one}" for one in left))
    if stuck:
        raise EquipmentError(f"processes still run in {', '.join(map(str, stuck))}")


def _settled(places: Places, seconds: float = 10) -> list[str]:
    """What is left when the kernel had its time: loop devices and interfaces go a moment after their namespace."""
    deadline = time.monotonic() + seconds
    while (left := leftovers(places)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _remove_files(places: Places, keep: tuple[str, ...]) -> None:
    """Mounts below it lived in the cluster's own namespace and are gone; one that is not is never walked into."""
    if mounts := mounts_below(places.state, Path("/proc/self/mountinfo").read_text()):
        raise EquipmentError(f"mounts are left, so no file is removed: {', '.join(mounts)}")
    if not places.state.is_dir():
        return
    for one in places.state.iterdir():
        if one.name in keep:
            continue
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()
    if not any(places.state.iterdir()):
        places.state.rmdir()


def mounts_below(folder: Path, mountinfo: str) -> list[str]:
    """Mount points at or below the folder, from the text of a mountinfo file."""
    points = (line.split()[4] for line in mountinfo.splitlines() if line)
    return [point for point in points if Path(point).is_relative_to(folder)]


def loops_below(folder: Path) -> list[str]:
    """Loop devices whose file is in the folder, removed files included."""
    found = []
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        if backing.read_text().startswith(f"{folder}/"):
            found.append(f"/dev/{backing.parents[1].name}")
    return found


def leftovers(places: Places) -> list[str]:
    """What a cluster that is down must not have left on this machine."""
    left = [f"cgroup {path}" for path in cgroups.remaining(places.cgroup)]
    left += [f"mount {point}" for point in mounts_below(places.state, Path("/proc/self/mountinfo").read_text())]
    left += [f"loop device {device}" for device in loops_below(places.state)]
    left += [f"interface {places.addresses.interface}"] if interface_left(places.addresses) else []
    left += [f"folder {places.state}"] if places.state.exists() else []
    return left
