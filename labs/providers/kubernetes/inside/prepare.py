"""Runs before each component of a lab, with the lab's whole volume at /lab: makes its folders and fills its work once.

Argument: the component's name. Then the image's own init does what `LAB_PREPARE` says of the lab's shared folders.
"""

import fcntl
import os
import pathlib
import shutil
import sys
import tarfile
import time

TOP = pathlib.Path(os.environ.get("PREPARE_TOP", "/lab"))
STARTER = pathlib.Path(os.environ.get("PREPARE_STARTER", "/lab-starter/starter.tar.gz"))
INIT = "/opt/base/init.py"


def fill_work() -> None:
    """Whole or not at all: whoever is killed half-way leaves a folder that the next one clears."""
    work, half = TOP / "work", TOP / ".work.half"
    if work.exists():
        return
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    if STARTER.is_file():
        with tarfile.open(STARTER) as packed:
            # Debian 12's Python has no filters; the archive is the platform's own.
            packed.extraction_filter = getattr(tarfile, "data_filter", None)
            members = packed.getmembers()
            for one in members:
                # The archive has no times, to depend on its content alone; a learner sees when this was laid out.
                one.mtime = time.time()
            packed.extractall(half, members)  # noqa: S202
    half.rename(work)


def main(component: str) -> None:
    """Under a lock: all pods of a lab are on one node and one file system, so it holds among them."""
    with (TOP / ".prepare").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fill_work()
        (TOP / "home").mkdir(mode=0o700, exist_ok=True)
        (TOP / "state" / component).mkdir(mode=0o700, parents=True, exist_ok=True)
    if pathlib.Path(INIT).exists():
        os.execv(sys.executable, [sys.executable, "-I", "-S", INIT, "true"])  # noqa: S606  # no shell is wanted


main(sys.argv[1])
