"""From an installation's settings to a provider: the file that says what the cluster is like, and the way to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes.config import ConfigException
from pydantic import ValidationError

from labs.errors import OurFault
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.providers.kubernetes.settings import ClusterSettings


def open_provider(file: Path, images: Mapping[str, str], *, installation: str) -> KubernetesProvider:
    """Give the provider for the cluster of this file; nothing is asked of the cluster yet."""
    settings = read_settings(file, images)
    return KubernetesProvider(connect(settings), settings, installation=installation)


def connect(settings: ClusterSettings) -> ApiCluster:
    """By the kubeconfig that is named, or as the process finds itself: a pod's service account, or KUBECONFIG."""
    try:
        if settings.kubeconfig is None:
            return ApiCluster.here()
        return ApiCluster.of_kubeconfig(str(settings.kubeconfig), context=settings.context)
    except (ConfigException, OSError) as error:
        where = settings.kubeconfig or "the service account or KUBECONFIG"
        raise OurFault(f"there is no way to the cluster by {where}: {error}") from error


def read_settings(file: Path, images: Mapping[str, str]) -> ClusterSettings:
    """Read the file; `images` are those that were built, and `resolver` may be among them. All mistakes at once."""
    try:
        told: Any = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise OurFault(f"the cluster's settings cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise OurFault(f"{file} does not say what the cluster is like: it has to be a mapping")
    found = dict(images)
    if "resolver" in found:
        told.setdefault("resolver_image", found.pop("resolver"))
    told["images"] = found | dict(told.get("images") or {})
    try:
        return ClusterSettings.model_validate(told)
    except ValidationError as error:
        mistakes = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise OurFault(f"{file} has mistakes:\n  " + "\n  ".join(mistakes)) from error
