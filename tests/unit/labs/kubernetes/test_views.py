"""What pods' states mean to a learner."""

from __future__ import annotations

from typing import Any

import pytest

from labs.providers.kubernetes import views
from labs.providers.kubernetes.finding import Inventory
from labs.providers.kubernetes.manifests.names import COMPONENT
from tests.unit.labs.kubernetes.orders import planned

AT = "2026-11-21T12:00:00Z"
MADE = {"name": "mlflow", "creationTimestamp": AT, "labels": {COMPONENT: "mlflow"}}
DEPLOYMENT: dict[str, Any] = {"metadata": MADE}


def waiting(reason: str, message: str = "", **more: Any) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {"containerStatuses": [{"name": "mlflow", "image": "x@sha256:0", "state": state} | more]}


def unplaced(message: str) -> dict[str, Any]:
    return {"conditions": [{"type": "PodScheduled", "status": "False", "message": message}]}


KILLED: dict[str, Any] = {"lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}
READY = {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": AT}]}


@pytest.mark.parametrize(
    ("status", "phase", "says"),
    [
        (READY, "ready", ""),
        ({}, "starting", ""),
        (unplaced("0/1 nodes are available: 1 Insufficient memory."), "waiting", "room on the cluster"),
        (waiting("ImagePullBackOff", "not found"), "failed", "x@sha256:0 cannot be had"),
        (waiting("ErrImageNeverPull"), "failed", "cannot be had"),
        (waiting("CreateContainerConfigError", 'secret "env-mlflow" not found'), "failed", "env-mlflow"),
        (waiting("CrashLoopBackOff", **KILLED), "failed", "more memory than it may"),
        (waiting("ContainerCreating"), "starting", ""),
    ],
)
def test_a_pod_is_told_in_a_sentence(status: dict[str, Any], phase: str, says: str) -> None:
    seen = views.view(planned(), Inventory(deployments=(DEPLOYMENT,), pods=({"metadata": MADE, "status": status},)))
    mlflow = seen.component("mlflow")
    assert mlflow is not None and mlflow.phase == phase and says in mlflow.detail
    assert seen.state == "starting"


def test_pods_that_the_cluster_does_not_take_are_told_of() -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: lab, requested: pods=1"}
    held = Inventory(deployments=(DEPLOYMENT | {"status": {"conditions": [failure]}},))
    mlflow = views.view(planned(), held).component("mlflow")
    assert mlflow is not None and mlflow.phase == "failed" and "exceeded quota" in mlflow.detail


def test_without_workloads_a_lab_is_stopped_unless_it_is_wanted() -> None:
    assert views.view(planned(), Inventory()).state == "stopped"
    assert views.view(planned(), Inventory(), wanted=True).state == "starting"
