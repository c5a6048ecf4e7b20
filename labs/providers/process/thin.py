"""A thin layer over the locked lab environment: the lab's own `pip install` lands in it and nowhere else."""

from __future__ import annotations

import json
import subprocess
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from labs.errors import EnvironmentMissing

_ASK = """
import ensurepip, json, pathlib, sys, sysconfig
folders = [sysconfig.get_config_var("WHEEL_PKG_DIR"), pathlib.Path(ensurepip.__file__).parent / "_bundled"]
wheels = [str(w) for f in folders if f for w in sorted(pathlib.Path(f).glob("pip-*.whl"))]
print(json.dumps({"base": sys._base_executable, "purelib": sysconfig.get_path("purelib"),
                  "version": "%d.%d" % sys.version_info[:2], "wheels": wheels}))
"""
_PIP = """#!/bin/sh
exec "{python}" -m pip --disable-pip-version-check "$@"
"""


@dataclass(frozen=True)
class Locked:
    """The locked environment, as its own Python describes it."""

    folder: Path
    base: Path
    purelib: Path
    version: str
    pip_wheel: Path | None

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"


@cache
def locked(folder: Path) -> Locked:
    """Describe a locked environment; raise when it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        raise EnvironmentMissing(f"the lab environment {folder} is not there; run `make setup`")
    asked = subprocess.run([str(python), "-I", "-c", _ASK], capture_output=True, text=True, check=False, env={})
    if asked.returncode != 0:
        raise EnvironmentMissing(f"the lab environment {folder} is broken: {asked.stderr[-300:]}; run `make setup`")
    told = json.loads(asked.stdout)
    wheel = Path(told["wheels"][0]) if told["wheels"] else None
    return Locked(folder, Path(told["base"]), Path(told["purelib"]), told["version"], wheel)


def make(locked_environment: Locked, target: Path) -> None:
    """Make the thin layer, whole or not at all; one that exists is kept."""
    if target.exists():
        return
    half = target.with_name(f"{target.name}.{uuid.uuid4().hex}.half")
    site = half / "lib" / f"python{locked_environment.version}" / "site-packages"
    site.mkdir(parents=True)
    (half / "bin").mkdir()
    for name in ("python", "python3", f"python{locked_environment.version}"):
        (half / "bin" / name).symlink_to(locked_environment.base)
    (half / "pyvenv.cfg").write_text(
        f"home = {locked_environment.base.parent}\ninclude-system-site-packages = false\n"
        f"version = {locked_environment.version}\nexecutable = {locked_environment.base}\n"
    )
    pip = [f"{locked_environment.pip_wheel}\n"] if locked_environment.pip_wheel else []
    # pip's own wheel comes last: whatever the locked layer or the learner installs wins over it.
    (site / "locked-environment.pth").write_text("".join([f"{locked_environment.purelib}\n", *pip]))
    _copy_scripts(locked_environment, half / "bin", target / "bin" / "python")
    half.rename(target)


def _copy_scripts(locked_environment: Locked, folder: Path, python: Path) -> None:
    """Copy console scripts with this layer's interpreter; /bin/sh starts it, as a shebang may not be long."""
    old = str(locked_environment.folder / "bin" / "python").encode()
    for script in (locked_environment.folder / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        head, _, rest = script.read_bytes().partition(b"\n")
        if head.startswith(b"#!") and old in head:
            starter = f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n".encode()
            copy = folder / script.name
            copy.write_bytes(starter + rest)
            copy.chmod(0o755)
    for name in ("pip", "pip3"):
        (folder / name).write_text(_PIP.format(python=python))
        (folder / name).chmod(0o755)
