"""The images of our components for tests, on a Debian bootstrap: no registry is asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from docker.errors import ImageNotFound

from labs import images as component_images
from labs.places import academy_home
from labs.providers.engine import api
from labs.providers.local import locks
from labs.providers.local.recipes import find_program

BASE = "academy.test/base:bookworm"


@cache
def images() -> Mapping[str, str]:
    """Build what is missing, once for all test processes, and give every image's reference."""
    client = api.connect(None, timeout=component_images.BUILD_SECONDS)
    with locks.must_hold(_cache() / ".images.lock", wait_seconds=component_images.BUILD_SECONDS):
        base = os.environ.get("ACADEMY_IMAGE_BASE", BASE)
        try:
            client.images.get(base)
        except ImageNotFound:
            _import_base(client)
        return component_images.ensure(
            client, base=base, find_program=lambda name: find_program(name, academy_home() / "bin")
        )


def _import_base(client: api.Client) -> None:
    from tests.cluster.equipment.images import base_root

    repository, _, tag = BASE.rpartition(":")
    client.api.import_image_from_file(str(base_root(_cache())), repository=repository, tag=tag)


def _cache() -> Path:
    return academy_home() / "cache"
