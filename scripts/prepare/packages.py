"""Hash-checked installs from lock files: uv where it can be had, pip otherwise, both as this site configures pip."""

import ast
import os
import subprocess
from pathlib import Path

from steps import CHECKOUT, SetupError, note, run

BOOTSTRAP = CHECKOUT / "requirements" / "bootstrap.txt"
REGISTRY_MEND = (
    "Is a package registry reachable? A mirror of your site is set with `pip config set global.index-url ...`."
)

#: uv does not read pip's configuration; these say the same thing to it.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "proxy": "ALL_PROXY",
}


def pip_settings(listing: str) -> dict[str, str]:
    """What `pip config list` printed, as environment variables that uv understands."""
    env: dict[str, str] = {}
    for line in listing.splitlines():
        key, equals, quoted = line.partition("=")
        name = UV_NAMES.get(key.rsplit(".", 1)[-1])
        if not equals or name is None or name in os.environ:
            continue
        try:
            value = str(ast.literal_eval(quoted))
        except (ValueError, SyntaxError):
            continue
        env[name] = " ".join(value.split())
    return env


def site_settings(python: Path) -> dict[str, str]:
    """The site's pip configuration for uv; `pip` itself reads its own."""
    listed = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False, cwd=CHECKOUT
    )
    return {"UV_NO_PROGRESS": "1", **pip_settings(listed.stdout)}


def new_venv(folder: Path, python: str) -> None:
    """A virtual environment with pip, made anew."""
    run(
        [python, "-m", "venv", "--clear", folder],
        why=f"A virtual environment could not be made in {folder}",
        mend="On Debian and Ubuntu: sudo apt-get install python3-venv",
    )


def pip_install(python: Path) -> list[str | Path]:
    """pip as it is always called here: what the lock file names, by hash, and nothing else."""
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    return [python, "-m", "pip", "install", *options]


def ensure_uv(python: Path) -> Path | None:
    """uv beside this Python, installed by hash; None where it cannot be had (pip does then)."""
    uv = python.parent / "uv"
    try:
        run(
            [*pip_install(python), "-r", BOOTSTRAP],
            why="uv could not be installed",
            mend="",
        )
    except SetupError:
        note("uv is not to be had here; pip installs instead, which is slower")
        return None
    return uv if uv.exists() else None


def install(python: Path, locks: list[Path], *, uv: Path | None) -> None:
    """Exactly what the lock files name, checked by hash, into the environment of `python`."""
    named = [part for lock in locks for part in ("-r", str(lock))]
    what = " and ".join(lock.name for lock in locks)
    if uv is not None:
        try:
            command: list[str | Path] = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", python]
            run([*command, *named], why="uv failed", mend="", env=site_settings(python))
            return
        except SetupError as error:
            note(f"{error}\n  trying with pip")
    run(
        [*pip_install(python), *named],
        why=f"The packages of {what} could not be installed",
        mend=REGISTRY_MEND,
    )
