"""Which database of the platform was here last: one ConfigMap beside the worker, all that it writes outside labs."""

from __future__ import annotations

from labs.providers.kubernetes.cluster import CONFIG_MAP, Cluster
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.settings import ClusterSettings

_KEY = "epoch"


def read(cluster: Cluster, settings: ClusterSettings, installation: str) -> str | None:
    """What was noted last; None when nothing was."""
    namespace, name = _place(settings, installation)
    found = cluster.get(CONFIG_MAP, name, namespace)
    noted: str | None = ((found or {}).get("data") or {}).get(_KEY)
    return noted


def note(cluster: Cluster, settings: ClusterSettings, installation: str, epoch: str) -> None:
    """Keep it. k8s/fence makes the object, so that the worker may change this one and make none."""
    namespace, name = _place(settings, installation)
    metadata = {"name": name, "namespace": namespace}
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {_KEY: epoch}})


def _place(settings: ClusterSettings, installation: str) -> tuple[str, str]:
    if settings.worker is not None:
        return settings.worker.namespace, f"{settings.fence}-epoch"
    # An administrator's worker: it may write anywhere, and shares the place with other installations.
    return "default", f"{settings.fence}-epoch-{names.installation_label(installation)}"
