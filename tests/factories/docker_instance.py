"""A platform of its own whose labs are containers, with a door and addresses of its own; all of it goes afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from labs import images
from labs.exams.services import free_port
from labs.places import lab_images
from labs.ports import Owned
from labs.providers.docker.provider import DockerProvider, EngineSettings
from labs.spec import LabSpec
from tests.factories import docker_images
from tests.factories.docker_pools import pool
from tests.factories.instance import Instance, instance


@contextlib.contextmanager
def docker_instance(**settings: str) -> Iterator[Instance]:
    """One that is not started yet."""
    door, judges = free_port(), free_port()
    ports = {"docker_door_port": str(door), "docker_judges_port": str(judges)}
    with pool() as block, instance(with_labs=True, provider="docker", docker_pool=block, **ports, **settings) as made:
        images.write_names(lab_images(made.settings.home), docker_images.images())
        try:
            yield made
        finally:
            if made.up is not None and made.up.poll() is None:
                made.interrupt()
            _remove_everything(_provider(made, block, door, judges))


def _provider(made: Instance, block: str, door: int, judges: int) -> DockerProvider:
    return DockerProvider(
        EngineSettings(
            folder=made.settings.instance_folder / "docker-labs", images=docker_images.images(), pool=block,
            installation=made.settings.installation, door_port=door, judges_port=judges,
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
