"""Labs whose pods do nothing: the same objects and calls, with containers that only wait, ready within a second."""

from __future__ import annotations

import copy
import json
from typing import Any

from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.manifests.names import Manifest
from tests.cluster.recorder import Alteration, Call


class PausingCluster(ApiCluster):
    """Takes out of each Deployment what a pause image cannot do: commands, probes, preparations, volumes."""

    def apply(self, manifest: Manifest) -> Manifest:
        return super().apply(paused(manifest) if manifest["kind"] == "Deployment" else manifest)


class PodlessCluster(ApiCluster):
    """The same without any pod: for sweeps over objects alone, which would wait for pods most of their time."""

    def apply(self, manifest: Manifest) -> Manifest:
        if manifest["kind"] == "Deployment":
            manifest = paused(manifest)
            manifest["spec"]["replicas"] = 0
        return super().apply(manifest)


def pausing(image: str) -> Alteration:
    """For a recorder before a worker that knows nothing of this: each Deployment that passes only waits."""

    def alter(call: Call, body: bytes) -> bytes:
        if call.method != "PATCH" or "/deployments/" not in call.path:
            return body
        manifest = paused(json.loads(body))
        for container in manifest["spec"]["template"]["spec"]["containers"]:
            container["image"] = image
        return json.dumps(manifest).encode()

    return alter


def paused(manifest: Manifest) -> Manifest:
    changed: dict[str, Any] = copy.deepcopy(manifest)
    pod = changed["spec"]["template"]["spec"]
    pod.pop("initContainers", None)
    pod.pop("volumes", None)
    pod["terminationGracePeriodSeconds"] = 1
    for container in pod["containers"]:
        for key in ("command", "args", "workingDir", "volumeMounts", "startupProbe", "readinessProbe", "envFrom"):
            container.pop(key, None)
        container["resources"] = {
            kind: {"cpu": "10m", "memory": "16Mi", "ephemeral-storage": "16Mi"} for kind in ("requests", "limits")
        }
    return changed
