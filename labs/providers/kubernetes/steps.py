"""The one step of `ensure`: from what is there towards a running lab, in an order in which no prefix is dangerous.

namespace by POST -> our rights in it -> fence -> fence read back -> volume, secrets, addresses, way in -> workloads.
Workloads come last: where they are as they should be, all the rest was made. Each call may be the last that we live to
make.
"""

from __future__ import annotations

import contextlib
import time

from labs.errors import ProviderRefused
from labs.ports import ComponentSeen, LabProblem, Observation
from labs.providers.containers import spare
from labs.providers.containers.places import WORK
from labs.providers.kubernetes import endings, fence, finding, hands, unpulled, views
from labs.providers.kubernetes.cluster import DEPLOYMENT, INGRESS, NAMESPACE, POD, ROUTE, SERVICE, Cluster, kind_of
from labs.providers.kubernetes.finding import Inventory
from labs.providers.kubernetes.manifests import door, names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.manifests.recipe import Recipe
from labs.providers.kubernetes.trouble import NotAllowed

MOST_RESTARTS = 2


def ensure(cluster: Cluster, recipe: Recipe) -> Observation:
    """Take the step."""
    return _on_its_way(cluster, recipe) or _step(cluster, recipe)


def _on_its_way(cluster: Cluster, recipe: Recipe) -> Observation | None:
    """What pods alone tell while they come up; None where there may be something to do, or to be said.

    Most looks at a lab find it so, and where many labs start at once, looking must not take what starting needs. An
    order that changed meanwhile is seen when they are ready, in trouble or late.
    """
    try:
        pods = cluster.list(POD, names.namespace_name(recipe.lab))
    except NotAllowed:
        return None
    seen = views.on_its_way(recipe, pods)
    return None if seen is None or _is_late(recipe, seen.started_at) else seen


def _step(cluster: Cluster, recipe: Recipe) -> Observation:
    there = finding.namespaces(cluster, recipe.lab)
    for old in there.older:
        cluster.delete(NAMESPACE, old["metadata"]["name"], uid=old["metadata"]["uid"])
    namespace = there.own or _make_namespace(cluster, recipe)
    if finding.is_ending(namespace):
        return endings.view(recipe, namespace)
    held = hands.reach(cluster, recipe, new=there.own is None)
    if not _is_settled(recipe, held):
        _fill(cluster, recipe, held)
        held = finding.inventory(cluster, recipe.lab)
    elif any(map(unpulled.told, held.pods)):
        # The credential may be what is wrong, and there may be another one by now.
        _let_pull(cluster, recipe)
    seen = judged(cluster, recipe, held, views.view(recipe, held, wanted=True))
    return _with(_fence_lost(cluster, recipe), seen) if seen.state == "ready" else seen


def judged(cluster: Cluster, recipe: Recipe, held: Inventory, seen: Observation) -> Observation:
    """What was seen, as failed where the lab does not come up: the same for whoever only looks."""
    return _with(_too_long(cluster, recipe, held, seen), seen) if seen.state == "starting" else seen


def _with(problem: LabProblem | None, seen: Observation) -> Observation:
    if problem is None:
        return seen
    return seen.model_copy(update={"state": "failed", "problem": problem, "ready_at": None})


def _make_namespace(cluster: Cluster, recipe: Recipe) -> Manifest:
    made = cluster.create(recipe.namespace)
    if made is not None:
        return made
    # Somebody was faster, or we were and did not hear of it, or it is not ours.
    name = names.namespace_name(recipe.lab)
    return finding.refuse_foreign(cluster.get(NAMESPACE, name), name)


def _is_settled(recipe: Recipe, held: Inventory) -> bool:
    """Say whether exactly the workloads run that should, as they should, and are entered as they should be."""
    addresses, ways = held.addresses, {one["metadata"]["name"]: finding.way_in(one) for one in held.services}
    named = {one["metadata"]["name"]: finding.way_in(one) for one in recipe.holdings if kind_of(one) == SERVICE}
    if not named.keys() <= addresses.keys() or any(ways[name] != way for name, way in named.items()):
        return False
    wanted = {one["metadata"]["name"]: one for one in recipe.workloads(addresses) if kind_of(one) == DEPLOYMENT}
    present = {one["metadata"]["name"]: one for one in _ours(held)}
    return wanted.keys() == present.keys() and all(
        finding.digest(wanted[name]) == finding.digest(present[name]) and not finding.is_ending(present[name])
        for name in wanted
    )


def _fill(cluster: Cluster, recipe: Recipe, held: Inventory) -> None:
    fence.put_up(cluster, recipe)
    if missing := fence.gaps(cluster, recipe):
        raise ProviderRefused(f"the lab's fence does not stand, so nothing was started: {'; '.join(missing)[:600]}")
    _let_pull(cluster, recipe)
    applied = [cluster.apply(one) for one in recipe.holdings]
    _close_other_ways_in(cluster, recipe, held)
    addresses = Inventory(services=tuple(one for one in applied if kind_of(one) == SERVICE)).addresses
    wanted = recipe.workloads(addresses)
    for one in wanted:
        cluster.apply(one)
    kept = {one["metadata"]["name"] for one in wanted}
    for one in _ours(held):
        metadata = one["metadata"]
        if metadata["name"] not in kept:
            cluster.delete(DEPLOYMENT, metadata["name"], metadata["namespace"], uid=metadata["uid"])


def _let_pull(cluster: Cluster, recipe: Recipe) -> None:
    for one in recipe.pull_secret:
        cluster.apply(one)


def _close_other_ways_in(cluster: Cluster, recipe: Recipe, held: Inventory) -> None:
    """Remove a route or an Ingress that is left from before the installation's door became one of another kind."""
    if not held.services:
        return  # nothing was ever laid out here
    namespace, kept = names.namespace_name(recipe.lab), {kind_of(one) for one in recipe.holdings}
    for kind in (one for one in (ROUTE, INGRESS) if one not in kept):
        # Roles and policies of an earlier release do not allow it: then it stays, as it did with that release.
        with contextlib.suppress(ProviderRefused):
            if old := cluster.get(kind, door.NAME, namespace):
                cluster.delete(kind, door.NAME, namespace, uid=old["metadata"]["uid"])


def _ours(held: Inventory) -> list[Manifest]:
    """Deployments of the lab itself; those that a learner makes with kubectl are theirs."""
    return [one for one in held.deployments if finding.label(one, names.COMPONENT)]


def _fence_lost(cluster: Cluster, recipe: Recipe) -> LabProblem | None:
    """A fence that somebody changed is mended; a lab whose fence cannot be mended does not go on."""
    if not fence.gaps(cluster, recipe):
        return None
    fence.put_up(cluster, recipe)
    left = fence.gaps(cluster, recipe)
    return LabProblem(whose="ours", what=f"the lab's fence does not stand: {'; '.join(left)[:600]}") if left else None


def _too_long(cluster: Cluster, recipe: Recipe, held: Inventory, seen: Observation) -> LabProblem | None:
    """Say what is wrong with a lab that ends again and again, or does not come up in its time."""
    late = [*(one for one in seen.components if one.phase != "ready"), *views.late_helpers(recipe, held)]
    for one in late:
        restarts = views.restarts(held, one.name)
        if restarts >= MOST_RESTARTS and views.ended_soon(held, one.name):
            log = _last_words(cluster, held, one.name)
            # Between two containers there is none to be had: whose fault it is waits for the next look.
            if log or restarts > MOST_RESTARTS + 1:
                return _crashes(one, log)
    if not any(_is_late(recipe, views.unavailable_since(held, one.name)) for one in late):
        return None
    why = " ".join(f"{one.name}: {one.detail}." for one in late if one.detail)
    named = ", ".join(one.name for one in late) or "the lab"
    return LabProblem(
        whose="ours", what=f"{named} did not answer within {recipe.lab.limits.start_seconds} s. {why}".strip()
    )


def _is_late(recipe: Recipe, since: float | None) -> bool:
    return since is not None and time.time() - since > recipe.lab.limits.start_seconds


def _last_words(cluster: Cluster, held: Inventory, component: str) -> str:
    """What a container wrote that has ended; of one that runs again, the cause would not be in its log yet."""
    metadata = (held.pod(component) or {})["metadata"]
    where = (metadata["namespace"], metadata["name"], component)
    before = cluster.log(*where, previous=True, max_bytes=4000)
    if before or views.runs(held, component):
        return before
    return cluster.log(*where, previous=False, max_bytes=4000)


def _crashes(component: ComponentSeen, log: str) -> LabProblem:
    """A log that speaks of the workspace's files points at the learner."""
    full, named = spare.was_missing(log), f"{WORK}/" in log
    theirs = full or named
    hint = f": {spare.FULL}" if full else "; its log speaks of a file of the workspace" if named else ""
    what = f"{component.name} ended {MOST_RESTARTS} times after being started{hint}. {component.detail}".strip()
    return LabProblem(whose="learner" if theirs else "ours", what=what, log=log)
