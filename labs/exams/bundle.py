"""Everything that an examiner elsewhere needs, as one stream: the plan, the project's examiner, the submission.

The caller packs it from its own plain copy; the examiner unpacks it into a passing folder of its own.
"""

import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pydantic import Field

from labs.exams.plan import Plan
from labs.exams.report import Strict

MAX_PART_BYTES = 160 * 1024 * 1024
INSIDE = Path("/exam")
LAB_PYTHON = Path("/opt/lab/bin/python")
_HEADER_BYTES = 1024 * 1024
_CHUNK = 256 * 1024
_OWNER = 1000


class Header(Strict):
    """The first line."""

    plan: dict[str, Any]
    project: int = Field(ge=0, le=MAX_PART_BYTES)
    submission: int = Field(ge=0, le=MAX_PART_BYTES)


def packed(folder: Path, *, only: tuple[str, ...] = ()) -> IO[bytes]:
    """A folder's plain files as a tar of uid 1000, the same for the same files; of `only` these names, if any."""
    written = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if "__pycache__" in relative.parts or (only and relative.parts[0] not in only):
                continue
            info = tar.gettarinfo(str(path), relative.as_posix())
            info.uid = info.gid = _OWNER
            info.uname = info.gname = ""
            info.mtime = 0
            info.mode = 0o755 if path.is_dir() or info.mode & 0o100 else 0o644
            if path.is_file():
                with path.open("rb") as file:
                    tar.addfile(info, file)
            else:
                tar.addfile(info)
    written.seek(0)
    return written


def stream(plan: Plan, *, submission: IO[bytes]) -> Iterator[bytes]:
    """The pieces of the stream; `plan` as its caller knows it."""
    with packed(plan.examiner.parent, only=("examiner.py", "criteria")) as project:
        sizes = {"project": project.seek(0, os.SEEK_END), "submission": submission.seek(0, os.SEEK_END)}
        yield json.dumps({"plan": _inside(plan), **sizes}).encode() + b"\n"
        for part in (project, submission):
            part.seek(0)
            while chunk := part.read(_CHUNK):
                yield chunk


def _inside(plan: Plan) -> dict[str, Any]:
    inside = plan.model_copy(
        update={
            "submission": INSIDE / "submission", "examiner": INSIDE / "project" / "examiner.py",
            "lab_python": LAB_PYTHON, "lab_reads": (),
        }
    )  # fmt: skip
    return inside.model_dump(mode="json")


def unpack(source: IO[bytes]) -> Plan:
    """Read the stream as far as it goes; the submission's archive stays beside its files. EOFError when it broke."""
    line = source.readline(_HEADER_BYTES)
    if not line.endswith(b"\n"):
        raise EOFError("the stream ended early")
    header = Header.model_validate_json(line)
    for name, size in (("project", header.project), ("submission", header.submission)):
        archive = INSIDE / f"{name}.tar"
        with archive.open("wb") as target:
            left = size
            while left:
                chunk = source.read(min(left, _CHUNK))
                if not chunk:
                    raise EOFError("the stream ended early")
                target.write(chunk)
                left -= len(chunk)
        _extract(archive, INSIDE / name)
    return Plan.model_validate(header.plan, strict=False)


def _extract(archive: Path, target: Path) -> None:
    """Plain files and folders only, as they were packed; older Pythons have no filters of their own."""
    target.mkdir()
    with tarfile.open(archive) as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or not (member.isreg() or member.isdir()):
                raise ValueError(f"{member.name} is no plain file of the stream")
            tar.extract(member, target)
