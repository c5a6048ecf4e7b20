"""One small container of our own per lab, in which no learner's code ever runs: it holds the lab's disk and fills it.

As long as it runs, the disk is mounted on the engine's machine, and every other container gets its own folders of it.
It has no network. Files are read and written by short commands in it.
"""

from __future__ import annotations

import io
import json
import tarfile
import time
from pathlib import Path
from typing import Any

from docker.errors import APIError
from docker.types import Mount

from labs.errors import LabNotRunning, OurFault
from labs.providers.containers import reading, spare
from labs.providers.containers.places import LOCKED, STATE, TMP, UID, WORK
from labs.providers.containers.plan import ContainerPlan
from labs.providers.docker import containers, names, streams
from labs.providers.docker.api import Client
from labs.spec import LabSpec

MEMORY_MB, PROCESSES, CPUS = 128, 32, 1.0
PYTHON = (f"{LOCKED}/bin/python", "-I", "-S", "-c")
HALF = "starter.half"
# Of one command: a disk that hangs must hold nobody up.
READ_SECONDS, PREPARE_SECONDS = 30, 120
# The starter files come whole or not at all; work that exists is never touched.
BEGIN = f"""
import os, shutil, sys
from pathlib import Path
if Path("/lab/work").is_dir():
    sys.exit(3)
shutil.rmtree("/lab/{HALF}", ignore_errors=True)
os.mkdir("/lab/{HALF}")
"""
FINISH = f"""{spare.program("/lab")}
import json, os, sys
from pathlib import Path
sys.path.insert(0, "/opt/base")
import init
half = Path("/lab/{HALF}")
if half.is_dir() and not Path("/lab/work").exists():
    half.rename("/lab/work")
for name in json.loads(os.environ["STATES"]):
    Path("{STATE}", name).mkdir(parents=True, exist_ok=True, mode=0o700)
Path("/lab/home").mkdir(exist_ok=True, mode=0o700)
init.prepare(json.loads(os.environ["LAB_PREPARE"]))
"""


def wanted(lab: LabSpec, image: str, volume: str) -> containers.Wanted:
    """Say what the keeper is."""
    options: dict[str, Any] = containers.hardened(memory_mb=MEMORY_MB, cpus=CPUS, processes=PROCESSES) | {
        "image": image,
        "command": ["sleep", "infinity"],
        "network_mode": "none",
        "hostname": names.KEEPER,
        "tmpfs": containers.tmpfs({TMP.replace("/lab/", "/"): 16}),
        # What the image has beneath /lab must not get into the disk.
        "mounts": [Mount("/lab", volume, type="volume", no_copy=True)],
        "working_dir": "/",
    }
    return containers.Wanted(names.container(lab, names.KEEPER), options, names.labels(lab, names.KEEPER))


def fill(client: Client, lab: LabSpec, tools: ContainerPlan) -> None:
    """Give a new lab its starter files, folders and thin layer; whoever is killed in between is followed by another."""
    keeper = names.container(lab, names.KEEPER)
    if _do(client, keeper, BEGIN) == 0 and lab.starter is not None:
        client.api.put_archive(keeper, f"/lab/{HALF}", _packed(lab.starter))
    told = {"LAB_PREPARE": tools.environment["LAB_PREPARE"], "STATES": json.dumps(lab.components)}
    if _do(client, keeper, FINISH, environment=told) != 0:
        raise OurFault(f"the files of {lab.name} could not be prepared")


def read(client: Client, lab: LabSpec, path: str, *, max_bytes: int) -> bytes | None:
    """Read a regular file of the workspace, as far as `max_bytes`."""
    if "\0" in path or len(path) > 4096:
        return None
    try:
        command = reading.command(WORK, path, max_bytes=max_bytes)
        keeper = names.container(lab, names.KEEPER)
        code, found, _ = streams.execute(client, keeper, command, seconds=READ_SECONDS, user=f"{UID}:{UID}")
    except APIError as error:
        if error.status_code in (404, 409):
            raise LabNotRunning(f"{lab.name} is not running; start it first") from error
        raise
    if code not in (0, reading.NO_FILE):
        raise OurFault(f"reading a file of {lab.name} ended with {code}")
    return found if code == 0 else None


def _do(client: Client, keeper: str, script: str, *, environment: dict[str, str] | None = None) -> int:
    how = {"user": f"{UID}:{UID}", "environment": environment or {}}
    code, _, errors = streams.execute(client, keeper, [*PYTHON, script], seconds=PREPARE_SECONDS, **how)
    if code not in (0, 3):
        raise OurFault(f"preparing files in {keeper} ended with {code}: {errors[-400:].decode(errors='replace')}")
    return code


def _packed(folder: Path) -> bytes:
    """The starter files as an archive that belongs to the learner."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            info = tar.gettarinfo(str(path), str(path.relative_to(folder)))
            info.uid = info.gid = UID
            info.uname = info.gname = ""
            info.mtime = time.time()  # the files of an image have the age 0; a learner sees when the lab was made
            info.mode |= 0o700 if path.is_dir() else 0o600
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    tar.addfile(info, file)
            else:
                tar.addfile(info)
    return written.getvalue()
