"""The images of our components for tests, on a Debian bootstrap: no registry of images is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from docker.errors import ImageNotFound

from labs import images as component_images
from labs import wheels
from labs.places import academy_home
from labs.providers.docker import api
from labs.providers.machine import locks
from labs.providers.process.recipes import find_program
from tests.cluster.equipment.cache import cached, key_of

SUITE = "bookworm"
#: What components need, and what a terminal is not without.
PACKAGES = ("python3", "python3-venv", "ca-certificates", "curl", "git", "procps", "less", "nano-tiny")
WASTE = (
    "var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/man", "usr/share/locale",
    "usr/share/info",
)  # fmt: skip
UNPACKED = ("--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*", "--numeric-owner", "--one-file-system")


@cache
def images() -> Mapping[str, str]:
    """Build what is missing, once for all test processes, and give every image's reference."""
    client = api.connect(None, timeout=component_images.BUILD_SECONDS)
    with locks.must_hold(wheels.cache_folder() / ".images.lock", wait_seconds=component_images.BUILD_SECONDS):
        return component_images.ensure(
            client, base=base(client), find_program=lambda name: find_program(name, academy_home() / "bin")
        )


def base(client: api.Client) -> str:
    """The base that ACADEMY_IMAGE_BASE names, or a bootstrap, imported into the engine under what it is made of."""
    if given := os.environ.get("ACADEMY_IMAGE_BASE"):
        return given
    key = key_of(SUITE, *PACKAGES, *WASTE, *UNPACKED)
    reference = f"academy.test/base:{key}"
    try:
        client.images.get(reference)
    except ImageNotFound:
        root = cached(wheels.cache_folder(), "base", key, _bootstrap) / "base.tar"
        client.api.import_image_from_file(str(root), repository="academy.test/base", tag=key)
    return reference


def _bootstrap(folder: Path) -> None:
    root = folder / "root"
    wanted = f"--include={','.join(PACKAGES)}"
    try:
        _run("debootstrap", "--variant=minbase", wanted, SUITE, root)
        for name in WASTE:
            shutil.rmtree(root / name, ignore_errors=True)
        _run("tar", "-C", root, *UNPACKED, "-cf", folder / "base.tar", ".")
    finally:
        # What it mounted, it took down again; if not, we leave that alone.
        _run("rm", "-rf", "--one-file-system", root)


def _run(*argv: str | Path) -> None:
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=component_images.BUILD_SECONDS)
    assert ran.returncode == 0, f"{argv[0]} ended with {ran.returncode}: {ran.stdout[-1500:]} {ran.stderr[-1500:]}"


if __name__ == "__main__":
    for name, reference in images().items():
        print(f"{name}: {reference}")
