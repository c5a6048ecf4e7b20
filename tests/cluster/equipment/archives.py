"""Container images without a registry and without Docker: an archive of layers as `docker save` writes it."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.equipment.places import architecture


@dataclass(frozen=True)
class Image:
    """`layers` are tar files, the lowest first. Nothing in them runs as root unless it says so."""

    reference: str
    layers: tuple[Path, ...]
    entrypoint: tuple[str, ...]
    user: str = "65532:65532"
    environment: Mapping[str, str] = field(default_factory=dict)


def layer(path: Path, files: Mapping[str, Path], folders: Iterable[str] = ("tmp",)) -> Path:
    """A tar of these files (place in the image -> source), the same bytes for the same contents."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in folders:
            entry = _entry(name, 0o1777 if name == "tmp" else 0o755)
            entry.type = tarfile.DIRTYPE
            tar.addfile(entry)
        for name, source in sorted(files.items()):
            entry = _entry(name.lstrip("/"), 0o755)
            entry.size = source.stat().st_size
            with source.open("rb") as content:
                tar.addfile(entry, content)
    return path


def _entry(name: str, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode = mode
    return entry


def configuration(image: Image) -> bytes:
    """What the image's digest is made of, beside its layers."""
    told = {
        "architecture": architecture(),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "User": image.user,
            "Entrypoint": list(image.entrypoint),
            "Env": [f"{name}={value}" for name, value in sorted(image.environment.items())],
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_digest(path)}" for path in image.layers]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "academy"} for _ in image.layers],
    }
    return json.dumps(told, sort_keys=True).encode()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save(image: Image, archive: Path) -> Path:
    """What `ctr images import` and `docker load` read."""
    told = configuration(image)
    name = f"{hashlib.sha256(told).hexdigest()}.json"
    places = [f"{_digest(path)}/layer.tar" for path in image.layers]
    listing = json.dumps([{"Config": name, "RepoTags": [image.reference], "Layers": places}]).encode()
    with tarfile.open(archive, "w") as tar:
        for place, path in zip(places, image.layers, strict=True):
            tar.add(path, arcname=place)
        for place, content in ((name, told), ("manifest.json", listing)):
            entry = _entry(place, 0o644)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return archive
