"""What every step of the set-up uses: where things are, a line of progress, a command that must work, stamps."""

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
STAMPS = VENV / ".prepared.json"


class SetupError(Exception):
    """Set-up cannot go on; the text says what to do."""


def academy_home() -> Path:
    """The same rule as lms.config, which cannot be imported before its dependencies are there."""
    if named := os.environ.get("ACADEMY_HOME"):
        return Path(named)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "mlops-academy"


def digest(*paths: Path) -> str:
    """One hash over the contents of files, in the order given; a missing file counts as empty."""
    whole = hashlib.sha256()
    for path in paths:
        content = path.read_bytes() if path.is_file() else b""
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()


def read_stamp(name: str) -> str | None:
    """What was prepared last time under this name."""
    try:
        stamps = json.loads(STAMPS.read_text())
    except (OSError, ValueError):
        return None
    return stamps.get(name) if isinstance(stamps, dict) else None


def write_stamp(name: str, value: str) -> None:
    """Remember that `name` is prepared for `value`; written whole or not at all."""
    try:
        stamps = json.loads(STAMPS.read_text())
    except (OSError, ValueError):
        stamps = {}
    stamps[name] = value
    temporary = STAMPS.with_suffix(".tmp")
    temporary.write_text(json.dumps(stamps, indent=1))
    temporary.replace(STAMPS)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    sys.stdout.write(f"  {title} ...")
    sys.stdout.flush()
    start = time.monotonic()
    try:
        yield
    except BaseException:
        sys.stdout.write(" failed\n")
        raise
    sys.stdout.write(f" {time.monotonic() - start:.1f} s\n")


def note(text: str) -> None:
    """A line for the person who runs the set-up."""
    sys.stdout.write(f"  {text}\n")


def run(command: list[str | Path], *, why: str, mend: str, env: Mapping[str, str] | None = None) -> str:
    """The command's output; when it fails, an error with its last lines and what to do."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=CHECKOUT,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return done.stdout
    tail = "\n".join(f"    | {line}" for line in done.stdout.strip().splitlines()[-15:])
    raise SetupError(f"{why} (exit code {done.returncode}).\n{tail}\n{mend}")


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two set-ups at once take turns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note("another set-up is running; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
