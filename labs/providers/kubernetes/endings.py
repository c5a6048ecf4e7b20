"""Stopping and deleting, and namespaces that are being deleted for longer than they should."""

from __future__ import annotations

import time
from collections.abc import Callable

from labs.errors import LabBusy, OurFault
from labs.ports import LabProblem, Observation
from labs.providers.kubernetes import finding, hands
from labs.providers.kubernetes.cluster import DEPLOYMENT, NAMESPACE, POD, Cluster
from labs.providers.kubernetes.finding import Inventory
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.manifests.recipe import Recipe
from labs.spec import LabSpec

STUCK_SECONDS = 600.0
_LOOK_AGAIN_SECONDS = 0.2
_TELLING = (
    "NamespaceDeletionDiscoveryFailure", "NamespaceDeletionContentFailure",
    "NamespaceDeletionGroupVersionParsingFailure", "NamespaceContentRemaining", "NamespaceFinalizersRemaining",
)  # fmt: skip


def stop(cluster: Cluster, lab: LabSpec, *, patience: float) -> None:
    """Delete what runs and wait until it has ended; namespace, fence, volume and secrets stay."""
    there = finding.namespaces(cluster, lab)
    if there.own is None or finding.is_ending(there.own):
        return
    if hands.look(cluster, lab) == Inventory():
        return
    name = names.namespace_name(lab)
    # Controllers first, which go when all is gone that they made; then pods that nobody controls.
    for kind in (DEPLOYMENT, POD):
        for one in cluster.list(kind, name):
            if not finding.is_ending(one):
                cluster.delete(kind, one["metadata"]["name"], name, uid=one["metadata"]["uid"])
    if not _until(lambda: not cluster.list(DEPLOYMENT, name) and not cluster.list(POD, name), patience):
        raise LabBusy(f"the pods of {lab.name} did not end within {patience:.0f} s")


def delete(cluster: Cluster, lab: LabSpec, *, patience: float) -> None:
    """Delete the lab's namespaces by their UIDs and wait until they are gone; finalizers are never touched."""
    there = finding.namespaces(cluster, lab)
    for one in (there.own, *there.older):
        if one is not None and not finding.is_ending(one):
            cluster.delete(NAMESPACE, one["metadata"]["name"], uid=one["metadata"]["uid"])
    if _until(lambda: not _left(cluster, lab), patience):
        return
    for one in _left(cluster, lab):
        if is_stuck(one):
            raise OurFault(f"the namespace {one['metadata']['name']} cannot be deleted: {why(one)}")
    raise LabBusy(f"{lab.name} is being deleted")


def view(recipe: Recipe, namespace: Manifest) -> Observation:
    """A lab whose namespace is being deleted: its work is lost.

    It comes again when that is over, or at once as the next generation, which has a name of its own; stuck, only so.
    """
    if not is_stuck(namespace):
        return Observation(state="starting", generation=recipe.lab.generation, lost=True)
    what = f"the namespace {namespace['metadata']['name']} was deleted and does not go: {why(namespace)}"
    problem = LabProblem(whose="ours", what=what)
    return Observation(state="failed", generation=recipe.lab.generation, problem=problem, lost=True)


def is_stuck(namespace: Manifest) -> bool:
    """Say whether its deletion takes longer than it should."""
    since = finding.moment(namespace["metadata"].get("deletionTimestamp"))
    return since is not None and time.time() - since > STUCK_SECONDS


def why(namespace: Manifest) -> str:
    """What the cluster says is in the way."""
    conditions = (namespace.get("status") or {}).get("conditions") or []
    told = [
        f"{one['type']}: {one.get('message', '')}"
        for one in conditions
        if one.get("status") == "True" and one.get("type") in _TELLING
    ]
    return ("; ".join(told) or "the cluster does not say why.")[:600]


def _left(cluster: Cluster, lab: LabSpec) -> list[Manifest]:
    everything = cluster.list(NAMESPACE, selector=names.selector(lab))
    return [one for one in everything if finding.is_ours(one) and finding.generation(one) <= lab.generation]


def _until(is_done: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not is_done():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_AGAIN_SECONDS)
    return True
