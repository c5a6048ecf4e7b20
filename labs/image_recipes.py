"""What each image of labs is made of, as a name for it. Pure but for reading the files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from labs import wheels
from labs.components.loader import HERE as COMPONENTS
from labs.components.loader import known_components
from labs.places import REPOSITORY
from labs.providers.containers.plan import TOOLS

DOOR = "door"
EXAMINER = "examiner"
# What the base image takes of this checkout, by its path there.
SOURCES = (
    "labs/__init__.py", "labs/errors.py", "labs/providers/__init__.py", "labs/providers/process/__init__.py",
    "labs/providers/process/thin.py", "labs/components/base/init.py", "labs/components/base/make_layer.py",
)  # fmt: skip
SHARE = Path("/usr/share")
# Data of every year's time zones, 200 MB, of which a page reads none.
USELESS = "moment-timezone/data"
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
        files = {f"component/{path.relative_to(folder)}": path for path in files_of(folder)}
        programs = _programs([Path(find_program(one)) for one in component.recipe.needs])
        made[name] = Recipe(name, folder / "Dockerfile", files | programs, upon)
    made[DOOR] = Recipe(DOOR, COMPONENTS / DOOR / "Dockerfile", {"lock.txt": wheels.IMAGES_LOCK}, upon)
    made[EXAMINER] = Recipe(EXAMINER, COMPONENTS / EXAMINER / "Dockerfile", _examiners_files(), upon)
    return made


def _examiners_files() -> dict[str, Path]:
    """What an examiner is made of; the project's own criteria come with each exam."""
    sources = [REPOSITORY / "labs" / "__init__.py"]
    sources += [path for folder in ("labs/exams", "schema") for path in (REPOSITORY / folder).glob("*.py")]
    return {f"examiner/{path.relative_to(REPOSITORY)}": path for path in sorted(sources)}


def _programs(found: list[Path]) -> dict[str, Path]:
    """Programs of the building machine, and what a distribution's program reads beside itself, links followed."""
    places = {f"programs/{path.name}": path for path in found}
    for path in found:
        places[f"share/{path.name}/.keep"] = COMPONENTS / "__init__.py"  # where there is nothing, COPY wants a file
        beside = SHARE / path.name
        for folder, folders, names in os.walk(beside, followlinks=True):
            folders[:] = sorted(one for one in folders if not (Path(folder) / one).match(USELESS))
            for one in (Path(folder) / name for name in sorted(names)):
                if one.suffix != ".map" and one.is_file():
                    places[f"share/{one.relative_to(SHARE)}"] = one
    return places


def files_of(folder: Path) -> Iterator[Path]:
    """What a folder gives to an image: all but the Dockerfile itself."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "Dockerfile" and "__pycache__" not in path.parts:
            yield path


def _file_digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
