"""The locked environment that labs run in, or how to make it."""

from pathlib import Path

from labs import places
from labs.places import REPOSITORY

__all__ = ["REPOSITORY", "NoLabEnvironment", "lab_environment"]


class NoLabEnvironment(AssertionError):
    """The lab environment is not there; the message says how to make it."""


def lab_environment() -> Path:
    """The environment's folder; raises `NoLabEnvironment` when nobody has made it."""
    environment = places.lab_environment()
    if not (environment / "bin" / "python").exists():
        raise NoLabEnvironment(
            f"The lab environment {environment} is missing: `make setup` builds it from requirements/lab.txt."
        )
    return environment
