"""What runs the labs of this installation, from its settings. A provider's client is loaded only where it is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from labs.errors import EnvironmentMissing, ImageMissing
from labs.ports import Provider
from lms.config import Settings
from schema import Problems, read_yaml

if TYPE_CHECKING:
    from labs.providers.kubernetes.settings import ClusterSettings


def provider_of(settings: Settings) -> Provider:
    """Give the provider that the settings name; EnvironmentMissing or ImageMissing says what it lacks."""
    makers = {"process": _process, "docker": _docker, "kubernetes": _kubernetes}
    return makers[settings.provider](settings)


def _process(settings: Settings) -> Provider:
    from labs.providers.process.provider import ProcessProvider

    return ProcessProvider(
        root=settings.instance_folder / "labs",
        environment=settings.lab_environment,
        programs=settings.home / "bin",
        installation=settings.installation,
    )


def _docker(settings: Settings) -> Provider:
    from labs.providers.docker.provider import DockerProvider, EngineSettings

    told = settings.docker
    return DockerProvider(
        EngineSettings(
            folder=settings.instance_folder / "docker-labs",
            images=_images(settings.lab_images_file),
            installation=settings.installation,
            address=told.engine,
            pool=told.pool,
            capped_disks=told.capped_disks,
            door_host=told.door_host,
            door_port=told.door_port,
            judges_port=told.judges_port,
            closed=told.closed,
            public_port=told.public_port,
        )
    )


def _images(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise ImageMissing(
            f"the images of labs are not named: {path} is missing ({error.strerror}). "
            "Build them with `python -m labs images BASE`, or name the file with ACADEMY_LAB_IMAGES."
        ) from error
    except ValueError as error:
        raise ImageMissing(f"{path} is not JSON: {error}. `python -m labs images BASE` writes it anew.") from error
    return {str(name): str(reference) for name, reference in found.items()}


def _kubernetes(settings: Settings) -> Provider:
    from labs.providers.kubernetes.client import ApiCluster
    from labs.providers.kubernetes.provider import KubernetesProvider

    return KubernetesProvider(ApiCluster.here(), cluster_of(settings), installation=settings.installation)


def forwards_a_port(settings: Settings) -> bool:
    """Say whether labs are entered by a port of this machine, which a process of its own forwards."""
    return settings.provider == "kubernetes" and cluster_of(settings).door.kind == "forward"


def cluster_of(settings: Settings) -> ClusterSettings:
    """Read what the cluster of the labs is like; no client is loaded for that."""
    from labs.providers.kubernetes.settings import ClusterSettings

    if settings.cluster is None:
        raise EnvironmentMissing("labs on Kubernetes need ACADEMY_CLUSTER: a YAML file that describes the cluster")
    problems = Problems()
    described = read_yaml(settings.cluster, ClusterSettings, problems)
    if described is None:
        raise EnvironmentMissing("\n".join(str(problem) for problem in problems))
    return described
