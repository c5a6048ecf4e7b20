"""What runs the labs of this installation, from its settings. A provider's client is loaded only where it is used.

Whatever keeps one from being used is a ProviderUnopened, which says what to do.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from labs.errors import LabError, ProviderUnopened
from labs.ports import Provider
from lms.config import Settings
from schema import Problems, read_yaml

if TYPE_CHECKING:
    from labs.providers.kubernetes.settings import ClusterSettings


def provider_of(settings: Settings, *, patience: float) -> Provider:
    """Give the provider that the settings name.

    `patience`: for how many seconds whoever stops or deletes a lab waits where its end needs nobody any more, as on a
    cluster; then it is LabBusy.
    """
    try:
        if settings.provider == "kubernetes":
            return _kubernetes(settings, patience)
        return {"process": _process, "docker": _docker}[settings.provider](settings)
    except ProviderUnopened:
        raise
    except LabError as error:
        raise ProviderUnopened(str(error)) from error
    except Exception as error:  # whatever a client says of its files: a kubeconfig that is no YAML, a folder not ours
        raise ProviderUnopened(f"labs on {settings.provider}: {type(error).__name__}: {error}") from error


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
            images=images_of(settings),
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


def images_of(settings: Settings) -> dict[str, str]:
    """Read which image is whose, as `python -m labs images` wrote it."""
    path = settings.lab_images_file
    try:
        found = json.loads(path.read_text())
    except PermissionError as error:
        raise ProviderUnopened(
            f"the images of labs are not named: user id {os.getuid()} may not read {path}. "
            f"The file holds no secret: chmod 644 {path} lets everybody read it (and chmod a+x its folder, if need be)."
        ) from error
    except OSError as error:
        raise ProviderUnopened(
            f"the images of labs are not named: {path} is missing ({error.strerror}). "
            "Build them with `python -m labs images`, or name the file with ACADEMY_LAB_IMAGES."
        ) from error
    except ValueError as error:
        raise ProviderUnopened(f"{path} is not JSON: {error}. `python -m labs images` writes it anew.") from error
    if not isinstance(found, dict):
        raise ProviderUnopened(f"{path} names no images. `python -m labs images` writes it anew.")
    return {str(name): str(reference) for name, reference in found.items()}


def _kubernetes(settings: Settings, patience: float) -> Provider:
    from labs.providers.kubernetes.client import ApiCluster
    from labs.providers.kubernetes.provider import KubernetesProvider

    described = cluster_of(settings)
    return KubernetesProvider(ApiCluster.here(), described, installation=settings.installation, patience=patience)


def may_forward_a_port(settings: Settings) -> bool:
    """Say whether labs may be entered by a port of this machine; whoever cannot tell yet says yes."""
    if settings.provider != "kubernetes":
        return False
    try:
        return cluster_of(settings).door.kind == "forward"
    except ProviderUnopened:
        return True


def cluster_of(settings: Settings) -> ClusterSettings:
    """Read what the cluster of the labs is like; no client is loaded for that."""
    from labs.providers.kubernetes.settings import ClusterSettings

    if settings.cluster is None:
        raise ProviderUnopened("labs on Kubernetes need ACADEMY_CLUSTER: a YAML file that describes the cluster")
    problems = Problems()
    described = read_yaml(settings.cluster, ClusterSettings, problems)
    if described is None:
        raise ProviderUnopened("\n".join(str(problem) for problem in problems))
    return described
