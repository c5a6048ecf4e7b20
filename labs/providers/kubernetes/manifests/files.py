"""Secrets of a lab: each component's files and environment, and the first files of the work."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from labs.errors import OurFault
from labs.providers.containers.plan import ContainerPlan
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.spec import LabSpec

STARTER = "starter"
_MOST_BYTES = 900_000  # the API server takes a MiB, in base64 and with the rest of the object


def secrets(lab: LabSpec, plans: Sequence[ContainerPlan]) -> list[Manifest]:
    """All Secrets of a lab; none is ever read back: the worker may not read Secrets."""
    found = [_starter(lab)]
    for one in plans:
        found.append(_secret(lab, files_name(one), one.files, one.name))
        found.append(_secret(lab, environment_name(one), one.environment, one.name))
    return found


def files_name(plan: ContainerPlan) -> str:
    """The Secret of a component's files."""
    return f"files-{plan.name}"


def environment_name(plan: ContainerPlan) -> str:
    """The Secret of a component's environment."""
    return f"env-{plan.name}"


def content_digest(plan: ContainerPlan) -> str:
    """In the pod's annotations, so that other files or another environment mean another pod."""
    return names.digest([dict(plan.files), dict(plan.environment)])


@cache
def packed(folder: Path) -> bytes:
    """A folder as bytes that depend on its content alone; links and special files are left out."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                continue
            info = tarfile.TarInfo(str(path.relative_to(folder)))
            info.type = tarfile.DIRTYPE if path.is_dir() else tarfile.REGTYPE
            info.mode = 0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644
            data = b"" if path.is_dir() else path.read_bytes()
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    done = gzip.compress(raw.getvalue(), mtime=0)
    if len(done) > _MOST_BYTES:
        raise OurFault(f"the starter files in {folder} are {len(done)} bytes packed; Kubernetes takes {_MOST_BYTES}")
    return done


def _starter(lab: LabSpec) -> Manifest:
    data = {} if lab.starter is None else {"starter.tar.gz": base64.b64encode(packed(lab.starter)).decode()}
    return names.named(lab, "v1", "Secret", STARTER, {"type": "Opaque", "data": data})


def _secret(lab: LabSpec, name: str, content: Mapping[str, str], component: str) -> Manifest:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in content.items()}
    return names.named(lab, "v1", "Secret", name, {"type": "Opaque", "data": data}, component=component)
