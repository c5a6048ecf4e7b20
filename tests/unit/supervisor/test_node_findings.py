"""Whether nodes hold the images of labs, as far as they tell."""

from typing import Any

import pytest

from labs.providers.kubernetes.settings import ClusterSettings
from lms.supervisor.node_findings import MOST_TOLD, held

CONTROL_PLANE = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
OF_LABS = {"key": "labs", "value": "only", "effect": "NoSchedule"}
DESCRIBED = ClusterSettings(
    images={"mlflow": "m@sha256:1"},
    resolver_image="r@sha256:2",
    node_selector={"labs": "yes"},
    tolerations=({"key": "labs", "operator": "Equal", "value": "only", "effect": "NoSchedule"},),
)
ALL = ("m@sha256:1", "r@sha256:2")


def node(*images: str, labels: dict[str, str] | None = None, **spec: object) -> dict[str, Any]:
    told = [{"names": ["academy/x:1", image]} for image in images]
    metadata = {"name": "node-1", "labels": {"labs": "yes"} if labels is None else labels}
    return {"metadata": metadata, "spec": spec, "status": {"images": told}}


MANY = tuple(f"other@sha256:{number}" for number in range(MOST_TOLD))


@pytest.mark.parametrize(
    ("nodes", "state", "what"),
    [
        ([node(*ALL)], "good", "has them"),
        ([node(*ALL), node("m@sha256:1")], "missing", "node-1: resolver"),
        ([node("docker.io/library/m@sha256:1", "docker.io/library/r@sha256:2")], "good", "has them"),
        ([node(*ALL), node(labels={})], "good", "has them"),
        ([node(*ALL), node(unschedulable=True)], "good", "has them"),
        ([node(*ALL), node(taints=[CONTROL_PLANE])], "good", "has them"),
        ([node(*ALL), node(taints=[OF_LABS])], "missing", "node-1: mlflow, resolver"),
        ([node(*MANY)], "degraded", "node-1: mlflow, resolver"),
        ([node(*MANY), node()], "missing", "node-1: mlflow, resolver"),
    ],
)
def test_what_can_be_known_is_said(nodes: list[dict[str, Any]], state: str, what: str) -> None:
    found = held(nodes, DESCRIBED)
    assert (found.state, what in found.what) == (state, True), found
