"""Images of labs that were built for an older state of the checkout: which may go. Needs a Docker engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from docker.errors import APIError, ImageNotFound

from labs.components.loader import known_components
from labs.image_recipes import DOOR, EXAMINER
from labs.images import INPUTS_LABEL
from labs.providers.containers.plan import TOOLS
from labs.providers.docker.api import Client, in_our_words


def remove(client: Client, *, keep: Collection[str], prefix: str = "academy") -> list[str]:
    """Remove what neither a list nor a container names; give the references that are gone.

    `keep` are the references of every list. What somebody takes into use meanwhile, the engine itself does not remove.
    """
    gone = []
    with in_our_words():
        for reference in sorted(_old(client, keep, prefix)):
            try:
                client.api.remove_image(reference)
            except ImageNotFound:
                continue
            except APIError as error:
                if error.status_code != 409:  # in use after all
                    raise
                continue
            gone.append(reference)
    return gone


def _old(client: Client, keep: Collection[str], prefix: str) -> Iterator[str]:
    """Ours by name and by label: an image that somebody else calls so has no such label."""
    used: set[str] = {one["ImageID"] for one in client.api.containers(all=True)}
    names = {f"{prefix}/{name}" for name in (*known_components(), TOOLS, DOOR, EXAMINER)}
    for image in client.api.images(filters={"label": INPUTS_LABEL}):
        if image["Id"] not in used:
            yield from (one for one in _tags(image) if one.rpartition(":")[0] in names and one not in keep)


def _tags(image: dict[str, Any]) -> list[str]:
    return [str(one) for one in image.get("RepoTags") or []]
