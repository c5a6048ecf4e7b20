"""A subtree of its own in every cgroup v1 hierarchy (or the one of v2); all pods live below it."""

import contextlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path


def hierarchies(mountinfo: str) -> list[tuple[str, Path]]:
    """(kind, mount point) of each hierarchy, from the text of /proc/self/mountinfo."""
    found: dict[Path, str] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind = after.split()[0]
        if kind in {"cgroup", "cgroup2"}:
            found[Path(before.split()[4])] = kind
    return [(kind, path) for path, kind in found.items()]


def _here() -> Iterator[tuple[str, Path]]:
    yield from hierarchies(Path("/proc/self/mountinfo").read_text())


def has_v1() -> bool:
    return any(kind == "cgroup" for kind, _ in _here())


def make(name: str) -> None:
    """kubelet wants its root to be there. In hybrid mode v2 holds no controllers and is left alone."""
    hybrid = has_v1()
    for kind, mount in _here():
        if kind == "cgroup2" and hybrid:
            continue
        folder = mount / name
        folder.mkdir(exist_ok=True)
        # A cpuset without processors or memory takes no process.
        for file in ("cpuset.cpus", "cpuset.mems"):
            if (folder / file).exists() and kind == "cgroup":
                (folder / file).write_text((mount / file).read_text())


def _deepest_first(folder: Path) -> Iterable[Path]:
    return sorted((one for one in folder.rglob("*") if one.is_dir()), key=lambda one: -len(one.parts))


def remove(name: str, *, seconds: float = 10) -> list[Path]:
    """All of it; what is still there after the deadline is returned. Ended processes leave their cgroup in a moment."""
    deadline = time.monotonic() + seconds
    while True:
        for _, mount in _here():
            root = mount / name
            if root.is_dir():
                for folder in [*_deepest_first(root), root]:
                    with contextlib.suppress(OSError):
                        folder.rmdir()
        left = remaining(name)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def remaining(name: str) -> list[Path]:
    return [mount / name for _, mount in _here() if (mount / name).is_dir()]
