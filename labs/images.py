"""The images of our components: named by what they are made of, so that what has not changed is not built again.

Every image stands on `tools` (components/base); whoever builds supplies its base. Needs a Docker engine.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

import docker
from docker.errors import BuildError, DockerException, ImageNotFound

from labs import wheels
from labs.components.loader import HERE as COMPONENTS
from labs.components.loader import known_components
from labs.errors import ImageMissing, OurFault
from labs.places import REPOSITORY
from labs.providers.containers.plan import TOOLS
from labs.providers.local.folders import write_private

DEFAULT_BASE = "python:3.11-bookworm"
INPUTS_LABEL = "academy.inputs"
DOOR = "door"
EXAMINER = "examiner"
BUILD_SECONDS = 1800
# What the base image takes of this checkout, by its path there.
SOURCES = (
    "labs/__init__.py", "labs/errors.py", "labs/providers/__init__.py", "labs/providers/local/__init__.py",
    "labs/providers/local/thin.py", "labs/providers/local/reading.py", "labs/components/base/init.py",
    "labs/components/base/make_layer.py",
)  # fmt: skip
Say = Callable[[str], None]
FindProgram = Callable[[str], str]


@dataclass(frozen=True)
class Recipe:
    """One image: its Dockerfile, the files of its context by their place in it, and its build arguments."""

    name: str
    dockerfile: Path
    files: Mapping[str, Path]
    arguments: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """Of everything that the image is made of; file modes count, times do not."""
        found = hashlib.sha256(self.dockerfile.read_bytes())
        for name, value in sorted(self.arguments.items()):
            found.update(f"\0{name}={value}".encode())
        for place, path in sorted(self.files.items()):
            found.update(f"\0{place}\0{os.access(path, os.X_OK)}\0".encode() + _file_digest(path))
        return found.hexdigest()

    def tag(self, prefix: str) -> str:
        """The name under which the engine has it."""
        return f"{prefix}/{self.name}:{self.digest[:16]}"


def recipes(base_id: str, *, find_program: FindProgram, prefix: str = "academy") -> dict[str, Recipe]:
    """Describe every image, `tools` first. What comes by a lock file is stood in for by it: hashes are part of it."""
    sources = {f"src/{name}": REPOSITORY / name for name in SOURCES}
    tools = Recipe(
        TOOLS, COMPONENTS / "base" / "Dockerfile", sources | {"lock.txt": wheels.LAB_LOCK}, {"BASE": base_id}
    )
    made = {TOOLS: tools}
    upon = {"TOOLS": tools.tag(prefix)}
    for name, component in known_components().items():
        folder = COMPONENTS / name
        files = {f"component/{path.relative_to(folder)}": path for path in _files(folder)}
        programs = {f"programs/{one}": Path(find_program(one)) for one in component.recipe.needs}
        made[name] = Recipe(name, folder / "Dockerfile", files | programs, upon)
    made[DOOR] = Recipe(DOOR, COMPONENTS / DOOR / "Dockerfile", {"lock.txt": wheels.IMAGES_LOCK}, upon)
    made[EXAMINER] = Recipe(EXAMINER, COMPONENTS / EXAMINER / "Dockerfile", _examiners_files(), upon)
    return made


def _examiners_files() -> dict[str, Path]:
    """What an examiner is made of; the project's own criteria come with each exam."""
    sources = [REPOSITORY / "labs" / "__init__.py"]
    sources += [path for folder in ("labs/exams", "schema") for path in (REPOSITORY / folder).glob("*.py")]
    return {f"examiner/{path.relative_to(REPOSITORY)}": path for path in sorted(sources)}


def ensure(
    client: docker.DockerClient, *, base: str, find_program: FindProgram, cache: Path | None = None,
    prefix: str = "academy", say: Say = print,
) -> dict[str, str]:  # fmt: skip
    """Build what is missing; give every image's reference by its component's name, or `tools`, `door`, `examiner`."""
    cache = cache or wheels.cache_folder()
    base_id = _base_id(client, base)
    made = {}
    for name, recipe in recipes(base_id, find_program=find_program, prefix=prefix).items():
        made[name] = recipe.tag(prefix)
        if not is_there(client, made[name], recipe.digest):
            say(f"building {made[name]}")
            # The base is named by the caller; its id alone would do, were it not that old engines pull ids.
            arguments = dict(recipe.arguments) | ({"BASE": base} if name == TOOLS else {})
            _build(client, recipe, made[name], arguments, _gathered(client, name, base, cache))
    return made


def is_there(client: docker.DockerClient, tag: str, digest: str) -> bool:
    """Say whether the engine has this image, made of these inputs."""
    try:
        labels = client.images.get(tag).labels
    except ImageNotFound:
        return False
    return bool(labels.get(INPUTS_LABEL) == digest)


def write_names(path: Path, made: Mapping[str, str]) -> None:
    """Write the names where the platform looks for them."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, json.dumps(dict(made), indent=2) + "\n")


def _base_id(client: docker.DockerClient, base: str) -> str:
    try:
        return str(client.images.get(base).id)
    except ImageNotFound as error:
        raise ImageMissing(f"the base image {base} is not on this engine; pull it, or name another") from error


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


def _build(
    client: docker.DockerClient, recipe: Recipe, tag: str, arguments: Mapping[str, str], more: Mapping[str, Path]
) -> None:
    with tempfile.TemporaryFile() as context:
        _pack(context, recipe, more)
        context.seek(0)
        said: list[str] = []
        try:
            client.images.build(
                fileobj=context, custom_context=True, tag=tag, buildargs=dict(arguments), rm=True, forcerm=True,
                labels={INPUTS_LABEL: recipe.digest}, network_mode="none", timeout=BUILD_SECONDS,
            )  # fmt: skip
        except BuildError as error:
            said = [str(line.get("stream") or line.get("error") or "").rstrip() for line in error.build_log]
            raise OurFault(f"the image {tag} was not built: {error.msg}\n" + "\n".join(said[-30:])) from error


def _pack(context: IO[bytes], recipe: Recipe, more: Mapping[str, Path]) -> None:
    """Write the context: owners, times and modes are the same whoever builds."""
    with tarfile.open(fileobj=context, mode="w") as tar:
        _add(tar, "Dockerfile", recipe.dockerfile.read_bytes(), executable=False)
        for place, path in sorted({**recipe.files, **more}.items()):
            info = tarfile.TarInfo(place)
            info.size, info.mode = path.stat().st_size, 0o755 if os.access(path, os.X_OK) else 0o644
            with path.open("rb") as file:
                tar.addfile(info, file)


def _add(tar: tarfile.TarFile, name: str, content: bytes, *, executable: bool) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o755 if executable else 0o644
    tar.addfile(info, io.BytesIO(content))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "Dockerfile" and "__pycache__" not in path.parts:
            yield path


def _file_digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
