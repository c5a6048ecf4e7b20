"""The images of our components: named by what they are made of, so that what has not changed is not built again.

Every image stands on `tools` (components/base); whoever builds supplies its base. Needs a Docker engine.
"""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import docker
from docker.errors import BuildError, DockerException, ImageNotFound

from labs import wheels
from labs.errors import ImageMissing, OurFault
from labs.image_recipes import DOOR, FindProgram, Recipe, recipes
from labs.providers.containers.plan import TOOLS

DEFAULT_BASE = "python:3.11-bookworm"
BASE_PAGE = "docs/reference/labs-in-containers.md (What they stand on)"
INPUTS_LABEL = "academy.inputs"
BUILD_SECONDS = 1800
Say = Callable[[str], None]


def ensure(
    client: docker.DockerClient, *, base: str, find_program: FindProgram, cache: Path | None = None,
    prefix: str = "academy", say: Say = print,
) -> dict[str, str]:  # fmt: skip
    """Build what is missing; give every image's reference by its component's name, or `tools`, `door`, `examiner`."""
    cache = cache or wheels.cache_folder()
    found = base_id(client, base)
    made = {}
    for name, recipe in recipes(found, find_program=find_program, prefix=prefix).items():
        made[name] = recipe.tag(prefix)
        if not is_there(client, made[name], recipe.digest):
            say(f"building {made[name]}")
            # The base is named by the caller; its id alone would do, were it not that old engines pull ids.
            arguments = dict(recipe.arguments) | ({"BASE": base} if name == TOOLS else {})
            build(client, recipe, made[name], arguments, _gathered(client, name, base, cache))
    return made


def is_there(client: docker.DockerClient, tag: str, digest: str) -> bool:
    """Say whether the engine has this image, made of these inputs."""
    try:
        labels = client.images.get(tag).labels
    except ImageNotFound:
        return False
    return bool(labels.get(INPUTS_LABEL) == digest)


def write_names(path: Path, made: Mapping[str, str]) -> None:
    """Write the names where the platform looks for them, whole or not at all; no secret: everybody may read them."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    half.write_text(json.dumps(dict(made), indent=2) + "\n")
    half.chmod(0o644)
    half.replace(path)


def base_id(client: docker.DockerClient, base: str) -> str:
    """Tell the base image from others, and from another one of its name."""
    try:
        return str(client.images.get(base).id)
    except ImageNotFound as error:
        raise ImageMissing(
            f"the base image {base} is not on this engine: pull it, name another, or make one without a registry;"
            f" {BASE_PAGE} says how"
        ) from error


def _gathered(client: docker.DockerClient, name: str, base: str, cache: Path) -> dict[str, Path]:
    """Give what an image takes from Python's registry; asked for only when it is built."""
    if name == TOOLS:
        return wheels.of_labs(cache, target_of(client, base))
    return {"programs/envoy": wheels.envoy(cache, target_of(client, base))} if name == DOOR else {}


def target_of(client: docker.DockerClient, base: str) -> wheels.Target:
    """Ask the base image what its Python is."""
    try:
        said = client.containers.run(
            base, ["python3", "-c", wheels.ASK], entrypoint="", remove=True, network_mode="none"
        )
    except DockerException as error:
        raise OurFault(f"the base image {base} has no python3 that runs: {error}") from error
    return wheels.Target(bytes(said).decode().strip())


def build(
    client: docker.DockerClient, recipe: Recipe, tag: str, arguments: Mapping[str, str], more: Mapping[str, Path], *,
    network: str = "none",
) -> None:  # fmt: skip
    """Build one image, from its recipe's files and `more`; without a network unless one is named."""
    with tempfile.TemporaryFile() as context:
        _pack(context, {**recipe.files, **more, "Dockerfile": recipe.dockerfile})
        context.seek(0)
        try:
            client.images.build(
                fileobj=context, custom_context=True, tag=tag, buildargs=dict(arguments), rm=True, forcerm=True,
                labels={INPUTS_LABEL: recipe.digest}, network_mode=network, timeout=BUILD_SECONDS,
            )  # fmt: skip
        except BuildError as error:
            said = [str(line.get("stream") or line.get("error") or "").rstrip() for line in error.build_log]
            raise OurFault(f"the image {tag} was not built: {error.msg}\n" + "\n".join(said[-30:])) from error


def _pack(context: IO[bytes], files: Mapping[str, Path]) -> None:
    """Write the context: owners, times and modes are the same whoever builds."""
    with tarfile.open(fileobj=context, mode="w") as tar:
        for place, path in sorted(files.items()):
            info = tarfile.TarInfo(place)
            info.size, info.mode = path.stat().st_size, 0o755 if os.access(path, os.X_OK) else 0o644
            with path.open("rb") as file:
                tar.addfile(info, file)
