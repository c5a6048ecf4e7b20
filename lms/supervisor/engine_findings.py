"""What `lms doctor` says of the Docker engine that runs the labs: the way to it, its limits, images and disk."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from docker.errors import ImageNotFound

from labs.errors import LabError, OurFault
from labs.image_recipes import DOOR, EXAMINER
from labs.providers.containers.plan import TOOLS
from labs.providers.docker import api, containers
from labs.providers.docker.api import Client
from lms.config import Settings
from lms.lab_provider import images_of
from lms.supervisor.finding import Finding
from lms.supervisor.lab_findings import components_of_labs

BUILD = "Build them: python -m labs images"
PATIENCE_SECONDS = 20.0
ENOUGH_DISK = 10 * 1024**3
#: What the engine says of itself, and what a lab without it is.
LIMITS = {"MemoryLimit": "memory", "CpuCfsQuota": "processors", "PidsLimit": "the number of processes"}


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at it; one small container runs for a moment, to see the engine's own disk."""
    where = settings.docker.engine or os.environ.get("DOCKER_HOST") or "the local socket"
    try:
        client = api.connect(settings.docker.engine, timeout=PATIENCE_SECONDS)
        with api.in_our_words():
            info = client.info()
    except LabError as error:
        mend = "Start it (sudo systemctl start docker), or name another with ACADEMY_DOCKER_ENGINE; labs go on then."
        yield Finding("Docker engine", "missing", f"{where}: {error}", mend)
        return
    yield Finding("Docker engine", "good", f"{info.get('ServerVersion')} at {where}")
    yield _limits(info)
    try:
        images = images_of(settings)
        with api.in_our_words():
            yield _images(client, settings, images)
            if TOOLS in images and _is_there(client, images[TOOLS]):
                yield _disk(client, images[TOOLS])
    except OurFault as fault:
        yield Finding("images of labs", "missing", str(fault))  # it says itself what to do


def _limits(info: Mapping[str, Any]) -> Finding:
    lacking = [what for name, what in LIMITS.items() if not info.get(name)]
    if lacking:
        what = f"this engine cannot limit {', '.join(lacking)}: one lab can take all of it"
        return Finding("limits of labs", "degraded", what, "Switch the cgroup controllers of this kernel on.")
    return Finding("limits of labs", "good", "memory, processors and processes are limited")


def _images(client: Client, settings: Settings, images: Mapping[str, str]) -> Finding:
    subject = "images of labs"
    if lacking := sorted({*components_of_labs(), TOOLS, DOOR, EXAMINER} - images.keys()):
        return Finding(subject, "missing", f"{settings.lab_images_file} names none for {', '.join(lacking)}", BUILD)
    if absent := sorted(one for one in images.values() if not _is_there(client, one)):
        return Finding(subject, "missing", f"not on the engine: {', '.join(absent)}", BUILD)
    return Finding(subject, "good", f"{len(images)} are on the engine, as {settings.lab_images_file} names them")


def _is_there(client: Client, reference: str) -> bool:
    try:
        client.images.get(reference)
    except ImageNotFound:
        return False
    return True


def _disk(client: Client, image: str) -> Finding:
    """Seen from inside: the engine may be another machine, or this be a container."""
    options = containers.hardened(memory_mb=64, cpus=1, processes=8) | {"network_mode": "none", "remove": True}
    told = client.containers.run(image, ["df", "-B1", "--output=avail", "/"], **options)
    free = int(bytes(told).split()[-1])
    what = f"{free / 1024**3:.1f} GB free where the engine keeps images and labs"
    if free > ENOUGH_DISK:
        return Finding("engine's disk", "good", what)
    mend = "Make room; `python -m labs images --prune` removes images of labs that nothing uses."
    return Finding("engine's disk", "degraded", what, mend)
