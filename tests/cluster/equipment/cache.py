"""Results of builds, outside the repository, each in a folder named after what it is made of."""

import contextlib
import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.cluster.equipment.places import architecture


def key_of(*parts: str | Path) -> str:
    """One name for texts, files and folders (names and contents), in the order given."""
    whole = hashlib.sha256(architecture().encode())
    for part in parts:
        whole.update(b"\0")
        if isinstance(part, str):
            whole.update(part.encode())
            continue
        for file in _files(part):
            whole.update(str(file.relative_to(part.parent)).encode() + b"\0")
            whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:20]


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    found = (one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts)
    return sorted(found)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Two that make or end one thing take turns; the second finds it made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cached(cache: Path, name: str, key: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` filled; made once, whole or not at all, and results for older keys are removed."""
    wanted = cache / name / key
    with alone(cache / f"{name}.lock"):
        if wanted.is_dir():
            return wanted
        wanted.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=wanted.parent))
        try:
            make(building)
            building.chmod(0o755)
            building.rename(wanted)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        for older in wanted.parent.iterdir():
            if older != wanted:
                shutil.rmtree(older, ignore_errors=True)
    return wanted
