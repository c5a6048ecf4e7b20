"""A platform of its own whose labs are containers, with a door and addresses of its own; all of it goes afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from labs import images
from labs.exams.hosts.engine import EngineExamHost
from labs.exams.hosts.engine_settings import EngineExamSettings
from labs.exams.services import free_port
from labs.places import lab_images
from labs.ports import Owned
from labs.providers.docker.provider import DockerProvider, EngineSettings
from labs.spec import LabSpec
from lms.config import Settings
from tests.factories import docker_images
from tests.factories.docker_pools import pool
from tests.factories.instance import Instance, instance
from tests.factories.platform import Platform, platform


@contextlib.contextmanager
def docker_instance(**settings: str) -> Iterator[Instance]:
    """One that is not started yet."""
    with pool() as block:
        told = _told(block)
        with instance(with_labs=True, **told, **settings) as made:
            images.write_names(lab_images(made.settings.home), docker_images.images())
            try:
                yield made
            finally:
                if made.up is not None and made.up.poll() is None:
                    made.interrupt()
                _remove_everything(_provider(made.settings, told))


@contextlib.contextmanager
def docker_platform(**settings: str) -> Iterator[Platform]:
    """Its processes one by one, with small content; nothing runs yet, and no list of images is written."""
    with pool() as block:
        told = _told(block) | settings
        with platform(**told) as (made, _):
            try:
                yield made
            finally:
                made.end()
                EngineExamHost(_exam_settings(made.settings, block)).end_all()
                _remove_everything(_provider(made.settings, told))


def _told(block: str) -> dict[str, str]:
    ports = {"docker_door_port": str(free_port()), "docker_judges_port": str(free_port())}
    return {"provider": "docker", "docker_pool": block, **ports}


def _exam_settings(settings: Settings, block: str) -> EngineExamSettings:
    return EngineExamSettings(images=docker_images.images(), installation=settings.installation, pool=block)


def _provider(settings: Settings, told: Mapping[str, str]) -> DockerProvider:
    return DockerProvider(
        EngineSettings(
            folder=settings.instance_folder / "docker-labs", images=docker_images.images(), pool=told["docker_pool"],
            installation=settings.installation, door_port=int(told["docker_door_port"]),
            judges_port=int(told["docker_judges_port"]),
        )
    )  # fmt: skip


def _remove_everything(provider: DockerProvider) -> None:
    for one in provider.list_owned():
        provider.stop(_to_end(provider, one))
        provider.delete(_to_end(provider, one))
    provider.remove_all()


def _to_end(provider: DockerProvider, one: Owned) -> LabSpec:
    return LabSpec(
        installation=provider.settings.installation, lab_id=one.lab_id or 1, generation=one.generation or 1,
        name=one.name, components=("workspace",), host=f"{one.name}.academy.localhost", token="only-to-end-this-lab-0",
    )  # fmt: skip
