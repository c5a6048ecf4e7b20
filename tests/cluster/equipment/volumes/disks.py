"""Disks: a sparse file with a file system, mounted. Runs inside the cluster's mount namespace."""

import secrets
from pathlib import Path

from tests.cluster.equipment.programs import run


def make_disk(folder: Path, megabytes: int) -> tuple[str, Path]:
    """A new name and its mount point, with an empty file system that every group may be given (fsGroup)."""
    name = f"academy-{secrets.token_hex(4)}"
    image, mount = folder / f"{name}.img", folder / name
    with image.open("wb") as file:
        file.truncate(megabytes * 1024 * 1024)
    options = ["-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard"]
    run(["mkfs.ext4", *options, image])
    mount.mkdir()
    # `-o loop` frees the loop device with the last mount, whichever way that ends.
    run(["mount", "-o", "loop,nodev,nosuid", image, mount])
    # An empty volume is empty: no folder that only root may read.
    (mount / "lost+found").rmdir()
    return name, mount


def remove_disk(folder: Path, name: str) -> None:
    """Also one that is half there. What still uses the old mount keeps its own, of a file without a name."""
    image, mount = folder / f"{name}.img", folder / name
    if mount.is_mount():
        run(["umount", "--lazy", mount])
    if mount.exists():
        mount.rmdir()
    image.unlink(missing_ok=True)


def disks(folder: Path) -> set[str]:
    return {image.stem for image in folder.glob("*.img")}
