"""The locked environment that labs run in, found by the name that its lock file gives it."""

import hashlib
import os
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


class NoLabEnvironment(AssertionError):
    """The lab environment is not there; the message says how to make it."""


def academy_home() -> Path:
    """Where the platform keeps its data and environments."""
    if home := os.environ.get("ACADEMY_HOME"):
        return Path(home)
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "mlops-academy"


def lab_environment() -> Path:
    """The environment's folder; raises `NoLabEnvironment` when nobody has made it."""
    lock = hashlib.sha256((REPOSITORY / "requirements" / "lab.txt").read_bytes()).hexdigest()
    environment = academy_home() / "envs" / f"lab-{lock[:12]}"
    if not (environment / "bin" / "python").exists():
        raise NoLabEnvironment(
            f"The lab environment {environment} is missing: `make setup` builds it from requirements/lab.txt."
        )
    return environment
