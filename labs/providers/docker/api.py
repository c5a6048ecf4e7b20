"""The engine's client, and its errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
from docker.errors import APIError, DockerException, NotFound
from requests import RequestException

from labs.errors import ProviderAway, ProviderRefused

CALL_SECONDS = 60
# The engine answers 500 to these too, and will do so again until somebody changes something.
_CAUSES = ("port is already allocated", "address already in use", "no space left", "failed to mount", "overlap")
Client = Any


def connect(address: str | None, *, timeout: float = CALL_SECONDS) -> Client:
    """Reach the engine at `address`, or where DOCKER_HOST says."""
    with in_our_words():
        if address:
            return docker.DockerClient(base_url=address, timeout=int(timeout), version="auto")
        return docker.from_env(timeout=int(timeout), version="auto")


@contextmanager
def in_our_words() -> Iterator[None]:
    """Turn what the client raises into a fault of ours that names the engine."""
    try:
        yield
    except APIError as error:
        what = str(error.explanation or error)
        if (error.status_code or 500) >= 500 and not any(one in what for one in _CAUSES):
            raise ProviderAway(f"the Docker engine failed: {what}") from error
        raise ProviderRefused(f"the Docker engine refused: {what}") from error
    except (DockerException, RequestException) as error:
        raise ProviderAway(f"the Docker engine does not answer: {error}") from error


@contextmanager
def absent_is_fine() -> Iterator[None]:
    """What should go and is gone already is no error; nor is one that somebody else removes at this moment."""
    try:
        yield
    except NotFound:
        pass
    except APIError as error:
        if "already in progress" not in str(error.explanation):
            raise


@contextmanager
def stopped_is_fine() -> Iterator[None]:
    """What should end and has ended is no error."""
    try:
        yield
    except APIError as error:
        if error.status_code != 409:
            raise


def exists_already(error: APIError) -> bool:
    """Say whether the engine refused because the name is taken: by us, or by another caller a moment ago."""
    return error.status_code == 409 or "already exists" in str(error.explanation)
