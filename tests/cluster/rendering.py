"""The chart as Helm renders it, and what to look for in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.equipment import builds
from tests.cluster.equipment.objects import documents
from tests.cluster.equipment.places import CHECKOUT, KUBERNETES, Places
from tests.cluster.equipment.programs import run

CHART = CHECKOUT / "k8s"
WAYS = sorted(path.stem.removesuffix("-values") for path in (CHART / "ci").glob("*.yaml"))
NAMESPACE, RELEASE = "teaching", "school"
Manifest = dict[str, Any]
Render = Callable[..., list[Manifest]]


@pytest.fixture(scope="module")
def helm(places: Places) -> Callable[..., str]:
    program = builds.helm(places.cache)

    def call(verb: str, *arguments: str | Path) -> str:
        return run([program, verb, *arguments, "--kube-version", KUBERNETES, "--namespace", NAMESPACE])

    return call


@pytest.fixture(scope="module")
def render(helm: Callable[..., str]) -> Render:
    def call(way: str, *more: str) -> list[Manifest]:
        values = CHART / "ci" / f"{way}-values.yaml"
        return documents(helm("template", RELEASE, CHART, "--values", values, *more))

    return call


def pods_of(made: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """By role."""
    for one in made:
        if one["kind"] in {"Deployment", "StatefulSet", "Job"}:
            template = one["spec"]["template"]
            yield labels_of(template)["app.kubernetes.io/component"], template


def labels_of(pod: Manifest) -> dict[str, str]:
    labels: dict[str, str] = pod["metadata"]["labels"]
    return labels


def containers(pod: Manifest) -> list[Manifest]:
    return [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]


def named(made: list[Manifest], kind: str) -> set[str]:
    return {one["metadata"]["name"] for one in made if one["kind"] == kind}


def secrets_read(pod: Manifest) -> set[tuple[str, str]]:
    """Which keys of which Secrets its volumes hold."""
    volumes = pod["spec"]["volumes"]
    whole = [(one["secret"]["secretName"], one["secret"]["items"]) for one in volumes if "secret" in one]
    parts = [source["secret"] for one in volumes if "projected" in one for source in one["projected"]["sources"]]
    whole += [(part["name"], part["items"]) for part in parts]
    return {(name, item["key"]) for name, items in whole for item in items}
