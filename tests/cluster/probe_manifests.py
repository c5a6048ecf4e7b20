"""Pods that listen and can knock, and the Services before them."""

from collections.abc import Mapping
from typing import Any

from tests.cluster.equipment.images import REFERENCES

#: The last is that of a lab's workspace, whose place a probe can take.
TCP, OTHER_TCP, UDP, WORKSPACE = 8080, 8081, 8053, 8888


def probe_pod(namespace: str, name: str, labels: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """Keeps what the strictest Pod Security asks, and listens on two TCP ports and one of UDP."""
    ports = [
        {"name": "web", "containerPort": TCP},
        {"name": "other", "containerPort": OTHER_TCP},
        {"name": "talk", "containerPort": UDP, "protocol": "UDP"},
    ]
    container = {
        "name": "main",
        "image": REFERENCES["probe"],
        "imagePullPolicy": "Never",
        "command": ["python3", "/probe/listen.py", f"{TCP},{OTHER_TCP},{WORKSPACE}", str(UDP)],
        "ports": ports,
        "readinessProbe": {"tcpSocket": {"port": TCP}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "5m", "memory": "24Mi"}, "limits": {"cpu": "500m", "memory": "128Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **spec.pop("container", {}),
    }
    user = {"runAsNonRoot": True, "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name, **(labels or {})}},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {**user, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
            **spec,
        },
    }


def service(namespace: str, name: str) -> dict[str, Any]:
    ports = [
        {"name": "web", "port": 80, "targetPort": "web"},
        {"name": "talk", "port": UDP, "targetPort": "talk", "protocol": "UDP"},
    ]
    meta = {"name": name, "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": {"selector": {"app": name}, "ports": ports},
    }
