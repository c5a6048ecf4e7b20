"""One order and one cluster's settings, from which every object follows."""

from __future__ import annotations

from labs.components.loader import known_components
from labs.providers.kubernetes.manifests.recipe import Recipe, recipe
from labs.providers.kubernetes.settings import Account, ClusterSettings, Pods
from labs.spec import LabSpec

TOKEN = "only-for-this-lab-0123456789"
EVERYTHING = ("mlflow", "serving", "prometheus", "workspace")


def order(**changes: object) -> LabSpec:
    values: dict[str, object] = {
        "installation": "main-1", "lab_id": 17, "name": "lab-17", "components": EVERYTHING,
        "host": "lab-17.academy.localhost", "token": TOKEN,
    }  # fmt: skip
    return LabSpec.model_validate(values | changes)


def settings_of(**changes: object) -> ClusterSettings:
    values: dict[str, object] = {
        "images": {name: f"registry.example/{name}@sha256:{'0' * 64}" for name in (*EVERYTHING, "kafka", "tools")},
        "resolver_image": f"registry.example/coredns@sha256:{'1' * 64}",
        "ingress": Pods(namespace={"kubernetes.io/metadata.name": "ingress"}, pods={"app": "envoy"}),
        "worker": Account(namespace="academy", name="worker"),
        "own_ranges": ("203.0.113.0/24",),
    }
    return ClusterSettings.model_validate(values | changes)


def planned(settings: ClusterSettings | None = None, **changes: object) -> Recipe:
    return recipe(order(**changes), known_components(), settings or settings_of())
