"""What pods' states mean to a learner."""

from __future__ import annotations

from typing import Any

import pytest

from labs.providers.kubernetes import unpulled, views
from labs.providers.kubernetes.finding import Inventory
from labs.providers.kubernetes.manifests.names import COMPONENT
from labs.providers.kubernetes.manifests.network import RESOLVER
from labs.providers.kubernetes.manifests.recipe import Recipe
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


REFERENCE = f"registry.example:5000/academy/mlflow@sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("tail", "says"),
    [
        (
            f"pulling from host registry.example:5000 failed with status code [manifests {REFERENCE[-71:]}]: "
            "401 Unauthorized",
            "The registry does not let the node in: pulling from host registry.example:5000 failed with status code: "
            "401 Unauthorized",
        ),
        (f"{REFERENCE}: not found", "The registry does not have it: not found"),
        (
            'failed to do request: Head "https://registry.example/": http: server gave HTTP response to HTTPS client',
            "The registry speaks http and the node https: http: server gave HTTP response to HTTPS client",
        ),
        (
            'failed to do request: Head "https://registry.example:5000/": dial tcp 192.0.2.1:5000: connect: refused',
            "The registry does not answer the node: dial tcp 192.0.2.1:5000: connect: refused",
        ),
        ("something new", "something new"),
    ],
)
def test_why_an_image_cannot_be_had_is_told_without_its_name_three_times_over(tail: str, says: str) -> None:
    message = f'Back-off pulling image "{REFERENCE}": ErrImagePull: failed to resolve reference "{REFERENCE}": {tail}'
    pod = {"metadata": MADE, "status": waiting("ImagePullBackOff", message)}
    assert unpulled.told(pod) == f"its image x@sha256:0 cannot be had; it is tried again. {says}"


COMES_UP: dict[str, Any] = {}


def pods(recipe: Recipe, **statuses: dict[str, Any]) -> list[dict[str, Any]]:
    """All of the lab's, coming up but for those that are named."""
    every = (RESOLVER, *(one.name for one in recipe.running))
    made = {one: {"name": one, "creationTimestamp": AT, "labels": {COMPONENT: one}} for one in every}
    return [{"metadata": made[one], "status": statuses.get(one, COMES_UP)} for one in every]


def test_pods_alone_tell_of_a_lab_that_is_on_its_way() -> None:
    recipe = planned()
    seen = views.on_its_way(recipe, pods(recipe, mlflow=READY))
    assert seen is not None and seen.state == "starting"
    phases = {one.name: one.phase for one in seen.components}
    assert phases == {"mlflow": "ready", "serving": "starting", "prometheus": "starting", "workspace": "starting"}


@pytest.mark.parametrize(
    "status", [waiting("ErrImageNeverPull"), waiting("CrashLoopBackOff", **KILLED), unplaced("no room")]
)
@pytest.mark.parametrize("which", ["workspace", RESOLVER])
def test_they_do_not_tell_enough_of_one_in_trouble(which: str, status: dict[str, Any]) -> None:
    recipe = planned()
    assert views.on_its_way(recipe, pods(recipe, **{which: status})) is None


def test_they_do_not_tell_enough_when_one_is_missing_or_ends_or_all_are_ready() -> None:
    recipe = planned()
    every = pods(recipe)
    ending = {"metadata": every[1]["metadata"] | {"deletionTimestamp": AT, "name": "old"}, "status": READY}
    for told in (every[1:], every[:-1], [*every, ending], [one | {"status": READY} for one in every]):
        assert views.on_its_way(recipe, told) is None


def test_pods_that_the_cluster_does_not_take_are_told_of() -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: lab, requested: pods=1"}
    held = Inventory(deployments=(DEPLOYMENT | {"status": {"conditions": [failure]}},))
    mlflow = views.view(planned(), held).component("mlflow")
    assert mlflow is not None and mlflow.phase == "failed" and "exceeded quota" in mlflow.detail


def test_without_workloads_a_lab_is_stopped_unless_it_is_wanted() -> None:
    assert views.view(planned(), Inventory()).state == "stopped"
    assert views.view(planned(), Inventory(), wanted=True).state == "starting"
