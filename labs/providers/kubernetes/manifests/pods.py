"""What every pod of a lab has in common: no power, no token, no way to the cluster's resolver, and a quick end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs.components.model import TCP
from labs.providers.containers.places import UID
from labs.providers.kubernetes.manifests import limits, names, pulling
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec

GRACE_SECONDS = 5


def deployment(
    lab: LabSpec, name: str, pod_spec: Mapping[str, Any], *, marks: Mapping[str, str] | None = None
) -> Manifest:
    """One pod at most, ever: the old one ends before the new one starts, for they share a volume."""
    labels = names.labels(lab, name)
    template = {"metadata": {"labels": labels, "annotations": _prefixed(marks)}, "spec": dict(pod_spec)}
    spec = {
        "replicas": 1,
        "revisionHistoryLimit": 1,
        "progressDeadlineSeconds": max(lab.limits.start_seconds, 60),
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": labels},
        "template": template,
    }
    return names.named(lab, "apps/v1", "Deployment", name, {"spec": spec}, component=name)


def pod(
    settings: ClusterSettings,
    containers: Sequence[Mapping[str, Any]],
    volumes: Sequence[Mapping[str, Any]],
    *,
    dns: Mapping[str, Any],
    **more: Any,
) -> dict[str, Any]:
    """A restricted pod; `more` are further fields of its spec, those that are None are left out."""
    fields = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "dnsPolicy": "None",
        "dnsConfig": dict(dns),
        "securityContext": {
            "runAsNonRoot": True, "runAsUser": UID, "runAsGroup": UID, "fsGroup": UID,
            "fsGroupChangePolicy": "OnRootMismatch", "seccompProfile": {"type": "RuntimeDefault"},
        },
        "imagePullSecrets": pulling.named(settings),
        "runtimeClassName": settings.runtime_class,
        "nodeSelector": settings.node_selector or None,
        "tolerations": list(settings.tolerations) or None,
        "containers": list(containers),
        "volumes": list(volumes),
    }  # fmt: skip
    return {key: value for key, value in (fields | more).items() if value is not None}


def confined(*, add: Sequence[str] = ()) -> dict[str, Any]:
    """A container's own confinement."""
    capabilities: dict[str, Any] = {"drop": ["ALL"]} | ({"add": list(add)} if add else {})
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": capabilities,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
    }


def resources(memory_mb: int, cpus: float) -> dict[str, Any]:
    """Memory is reserved in full, as nobody can give it back; processors are shared.

    So little of a processor is reserved that memory decides how many labs a node takes.
    """
    memory, scratch = f"{memory_mb}Mi", f"{limits.SCRATCH_MB}Mi"
    return {
        "limits": {"cpu": limits.millicpus(cpus), "memory": memory, "ephemeral-storage": scratch},
        "requests": {"cpu": "25m", "memory": memory, "ephemeral-storage": "16Mi"},
    }


def probe(path: str, port: int, headers: Mapping[str, str], *, failures: int = 3) -> dict[str, Any]:
    """One real request a second; what speaks no HTTP only has to take a connection."""
    pace = {"periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": failures}
    if path == TCP:
        return {"tcpSocket": {"port": port}, **pace}
    asked = [{"name": name, "value": value} for name, value in headers.items()]
    request: dict[str, Any] = {"path": path, "port": port} | ({"httpHeaders": asked} if asked else {})
    return {"httpGet": request, **pace}


def _prefixed(marks: Mapping[str, str] | None) -> dict[str, str]:
    return {f"{names.PREFIX}{key}": value for key, value in (marks or {}).items()}
