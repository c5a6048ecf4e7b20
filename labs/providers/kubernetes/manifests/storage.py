"""The learner's work: one volume for one lab, which stays when the lab stops."""

from __future__ import annotations

from typing import Any

from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec

CLAIM = "lab"


def claim(lab: LabSpec, settings: ClusterSettings) -> Manifest:
    """ReadWriteOnce, so all pods of a lab are on the node of their volume."""
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{lab.limits.disk_mb}Mi"}},
    }
    if settings.storage_class is not None:
        spec["storageClassName"] = settings.storage_class
    return names.named(lab, "v1", "PersistentVolumeClaim", CLAIM, {"spec": spec})
