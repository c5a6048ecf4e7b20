"""Reaching into a lab's namespace: the worker first gives itself the right, and an API server may learn of it late."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from labs.providers.kubernetes import finding
from labs.providers.kubernetes.cluster import DEPLOYMENT, Cluster
from labs.providers.kubernetes.finding import Inventory
from labs.providers.kubernetes.manifests.recipe import Recipe
from labs.providers.kubernetes.trouble import NotAllowed
from labs.spec import LabSpec

_PATIENCE_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.02
FoundT = TypeVar("FoundT")


def reach(cluster: Cluster, recipe: Recipe, *, new: bool) -> Inventory:
    """Give what is in the namespace; take the right to look first where it is `new`, or where we may not."""
    if not new:
        try:
            return finding.inventory(cluster, recipe.lab)
        except NotAllowed:
            if not recipe.entry:
                raise
    for one in recipe.entry:
        cluster.apply(one)
    return once_allowed(lambda: finding.inventory(cluster, recipe.lab))


def once_allowed(look_there: Callable[[], FoundT]) -> FoundT:
    """Look again for a while where we may not: an API server may learn late of the right that we gave ourselves."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return look_there()
        except NotAllowed:
            if time.monotonic() > deadline:
                raise
            time.sleep(_LOOK_AGAIN_SECONDS)


def look(cluster: Cluster, lab: LabSpec) -> Inventory:
    """Give what is in the namespace; nothing is ours where we never had hands."""
    try:
        return finding.inventory(cluster, lab)
    except NotAllowed:
        return Inventory()


def runs(cluster: Cluster, namespace: str) -> bool:
    """Say whether something runs there."""
    try:
        return bool(cluster.list(DEPLOYMENT, namespace))
    except NotAllowed:
        return False
