"""What is kept of a lab, on a disk of its own that cannot grow: an ext4 image behind a loop device.

The storage option of containers is refused on ext4 and volumes have no size, so the image is made and attached by a
short container of our own, which nobody else ever enters: root without any capability, that sees the loop devices. The
engine itself mounts them. A loop device's number may belong to another lab after the machine was restarted: `ensure`
looks before every start, and the volume is made anew when it points elsewhere. The image, and so the learner's work,
stays.
"""

from __future__ import annotations

import re
from typing import Any

from docker.errors import APIError, ImageNotFound, NotFound
from docker.types import Mount

from labs.errors import ImageMissing, NotOurs, OurFault
from labs.providers.docker import names
from labs.providers.docker.api import Client, absent_is_fine, exists_already
from labs.spec import LabSpec

# $1 is the image file, $2 its size in MB. Killed at any place, it begins again where nothing half is taken for whole.
ATTACH = """
set -eu
exec 9> /disks/.lock && flock 9
if [ ! -e "$1" ]; then
    rm -f "$1.half"
    truncate -s "$2M" "$1.half"
    mkfs.ext4 -q -F -m 0 -E root_owner=1000:1000 "$1.half" >&2
    mv "$1.half" "$1"
fi
device=$(losetup -n -O NAME -j "$1" | head -n 1)
[ -n "$device" ] || device=$(losetup --find --show "$1")
echo "$device"
"""
# $1 begins the names of all image files of the lab, $2 is the one to keep, or empty.
REMOVE = """
set -eu
exec 9> /disks/.lock && flock 9
for image in "$1"*.ext4 "$1"*.ext4.half; do
    if [ ! -e "$image" ] || [ "$image" = "$2" ] || [ "$image" = "$2.half" ]; then continue; fi
    for device in $(losetup -n -O NAME -j "$image"); do losetup -d "$device"; done
    rm -f "$image"
done
"""
OWN = "chown 1000:1000 /volume"
ROLE = "disk-work"
# Every loop device, and the one that gives new ones.
LOOPS = ["b 7:* rwm", "c 10:237 rwm"]
# Scripts wait for one another; without a limit the client would wait for ever for one that hangs on a broken disk.
WORK_SECONDS = 120
_DEVICE = re.compile(r"/dev/loop[0-9]+")


def ensure(client: Client, lab: LabSpec, image: str, *, capped: bool) -> str:
    """Give the name of the lab's volume, which is there and leads to the lab's own disk.

    Work that is there stays as it is, whatever the setting has become since.
    """
    volume = names.disk(lab)
    known = _options_of(client, volume)
    if known == {} or (known is None and not capped):
        return _plain(client, lab, volume, image)
    options = _options(_attach(client, lab, image))
    if known is not None and known != options:
        client.volumes.get(volume).remove()
        known = None
    if known is None:
        _make(client, lab, volume, options)
    return volume


def remove(client: Client, lab: LabSpec, image: str, *, capped: bool, keep: str | None = None) -> None:
    """Remove the lab's disks of every generation but the one whose volume is `keep`; the work in them is gone.

    Volumes go last, as they are what is found again.
    """
    made = client.volumes.list(filters={"label": names.of_lab(lab)})
    if capped or any(one.attrs.get("Options") for one in made):
        every = f"/disks/{names.of(lab.installation, lab.name)}.g"
        _beside_loops(client, lab, image, REMOVE, [every, f"/disks/{keep}.ext4" if keep else ""])
    for volume in [one.name for one in made if one.name != keep]:
        with absent_is_fine():
            client.volumes.get(volume).remove()


def remove_all(client: Client, installation: str) -> None:
    """Remove the volume in which the images of disks lie: for whoever removes an installation and all its labs."""
    with absent_is_fine():
        client.volumes.get(names.of(installation, "disks")).remove()


def mountpoint(client: Client, volume: str) -> str:
    """Where the engine's machine has the volume, while a container holds it."""
    return str(client.volumes.get(volume).attrs["Mountpoint"])


def _attach(client: Client, lab: LabSpec, image: str) -> str:
    said = _beside_loops(client, lab, image, ATTACH, [f"/disks/{names.disk(lab)}.ext4", str(lab.limits.disk_mb)])
    if not _DEVICE.fullmatch(said):
        raise OurFault(f"the disk of {lab.name} has no loop device: {said[:200]!r}")
    return said


def _options(device: str) -> dict[str, str]:
    return {"type": "ext4", "device": device, "o": "nosuid,nodev,noatime"}


def _options_of(client: Client, volume: str) -> dict[str, str] | None:
    try:
        attrs = client.volumes.get(volume).attrs
    except NotFound:
        return None
    if names.INSTALLATION not in (attrs.get("Labels") or {}):
        raise NotOurs(f"the volume {volume} is somebody else's; remove it or rename it")
    return dict(attrs.get("Options") or {})


def _make(client: Client, lab: LabSpec, volume: str, options: dict[str, str]) -> None:
    try:
        client.volumes.create(volume, driver="local", driver_opts=options, labels=names.labels(lab, "disk"))
    except APIError as error:
        if not exists_already(error):
            raise


def _plain(client: Client, lab: LabSpec, volume: str, image: str) -> str:
    """A folder of the engine's machine that belongs to the lab's user."""
    _make(client, lab, volume, {})
    mounts = [Mount("/volume", volume, type="volume", no_copy=True)]
    _as_root(client, lab, image, OWN, [], mounts=mounts, cap_add=["CHOWN"])
    return volume


def _beside_loops(client: Client, lab: LabSpec, image: str, script: str, arguments: list[str]) -> str:
    """Run one of the scripts above where images and loop devices are."""
    disks = names.of(lab.installation, "disks")
    client.volumes.create(disks, labels={names.INSTALLATION: lab.installation, names.ROLE: "disks"})
    mounts = [Mount("/disks", disks, type="volume", no_copy=True), Mount("/dev", "/dev", type="bind")]
    return _as_root(client, lab, image, script, arguments, mounts=mounts, device_cgroup_rules=LOOPS)


def _as_root(
    client: Client, lab: LabSpec, image: str, script: str, arguments: list[str], *, mounts: list[Mount], **more: Any
) -> str:
    """Run a script of ours as root without a capability or a network; nothing of a learner is in it.

    By single calls: the client's own `run` would fetch an image that is not there from wherever its name leads.
    """
    name = names.container(lab, ROLE)
    with absent_is_fine():
        client.api.remove_container(name, v=False, force=True)
    try:
        made = client.containers.create(
            image, name=name, entrypoint=["sh", "-c", script, "disk"], command=arguments, user="0:0", cap_drop=["ALL"],
            security_opt=["no-new-privileges"], network_mode="none", read_only=True, working_dir="/",
            labels=names.labels(lab, ROLE), mounts=mounts, **more,
        )  # fmt: skip
    except ImageNotFound as error:
        raise ImageMissing(f"the image {image} is not on this engine; python -m labs images makes it") from error
    try:
        client.api.start(made.id)
        code = int(client.api.wait(made.id, timeout=WORK_SECONDS)["StatusCode"])
        said = bytes(client.api.logs(made.id, stdout=True, stderr=code != 0)).decode(errors="replace").strip()
    finally:
        with absent_is_fine():
            client.api.remove_container(made.id, v=False, force=True)
    if code != 0:
        raise OurFault(f"the disk of {lab.name} could not be prepared: {said[-400:]}")
    return said
