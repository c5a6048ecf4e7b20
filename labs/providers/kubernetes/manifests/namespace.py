"""The namespace of a lab: made by POST and never changed, so that it is fenced from its first moment."""

from __future__ import annotations

from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec

_POD_SECURITY = "pod-security.kubernetes.io/"


def namespace(lab: LabSpec, settings: ClusterSettings) -> Manifest:
    """The namespace itself."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": names.namespace_name(lab),
            "labels": names.labels(lab) | pod_security(settings),
            "annotations": {names.WRITTEN_INSTALLATION: lab.installation},
        },
    }


def pod_security(settings: ClusterSettings) -> dict[str, str]:
    """`restricted`, enforced, and pinned: an upgrade of the cluster changes it only when we do."""
    return {
        f"{_POD_SECURITY}{mode}{suffix}": value
        for mode in ("enforce", "warn")
        for suffix, value in (("", "restricted"), ("-version", settings.pod_security_version))
    }
