"""What a lab looks like from outside: lists of its namespace into an observation. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labs.components.model import Component
from labs.ports import ComponentSeen, LabState, Observation, Phase
from labs.providers.kubernetes import asked_way, finding, unpulled
from labs.providers.kubernetes.finding import Inventory
from labs.providers.kubernetes.manifests import door, names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.manifests.network import RESOLVER
from labs.providers.kubernetes.manifests.recipe import Recipe

_SOON_SECONDS = 60.0


def view(recipe: Recipe, held: Inventory, *, wanted: bool = False) -> Observation:
    """Describe the lab; with `wanted`, one whose workloads are not made yet is on its way and not stopped."""
    seen = tuple(_component(recipe, one.name, held) for one in recipe.plans)
    if not held.deployments:
        state: LabState = "starting" if wanted else "stopped"
        return Observation(state=state, generation=recipe.lab.generation, components=seen)
    begun = [finding.moment(one["metadata"].get("creationTimestamp")) for one in held.deployments]
    helpers = [_is_ready(held.pod(name)) for name in _helpers(recipe)]
    ready = all(one.phase == "ready" for one in seen) and all(helpers)
    return Observation(
        state="ready" if ready else "starting",
        generation=recipe.lab.generation,
        components=seen,
        door=door.address(recipe.lab, recipe.settings),
        started_at=min((one for one in begun if one is not None), default=None),
        ready_at=max((one.ready_at or 0 for one in seen), default=None) if ready else None,
    )


def on_its_way(recipe: Recipe, pods: Sequence[Manifest]) -> Observation | None:
    """What these pods tell when each of the lab's is there, none is in trouble or ending, and one is not ready yet."""
    held = Inventory(pods=tuple(pods))
    found = [held.pod(one) for one in (RESOLVER, *(one.name for one in recipe.running))]
    known = [one for one in found if one is not None]
    if len(known) < len(found) or any(map(finding.is_ending, pods)) or all(map(_is_ready, known)):
        return None
    told = [_phase(one["metadata"]["labels"][names.COMPONENT], {}, one) for one in known]
    if any(phase == "failed" or detail for phase, detail in told):
        return None
    return Observation(
        state="starting",
        generation=recipe.lab.generation,
        components=tuple(_component(recipe, one.name, held) for one in recipe.plans),
        door=door.address(recipe.lab, recipe.settings),
        started_at=min(finding.moment(one["metadata"].get("creationTimestamp")) or 0 for one in known),
    )


def late_helpers(recipe: Recipe, held: Inventory) -> list[ComponentSeen]:
    """What a lab needs though its file does not name it, such as its resolver, as far as it is not ready."""
    made = [(name, deployment) for name in _helpers(recipe) if (deployment := held.deployment(name))]
    looked = [(name, *_phase(name, deployment, held.pod(name))) for name, deployment in made]
    return [ComponentSeen(name=name, phase=phase, detail=detail) for name, phase, detail in looked if phase != "ready"]


def restarts(held: Inventory, component: str) -> int:
    """How often the component's container ended and was started again, in this pod."""
    return int(_status(held.pod(component), component).get("restartCount", 0))


def ended_soon(held: Inventory, component: str) -> bool:
    """Say whether the container before this one ended soon after its start, and had not served for long."""
    last = (_status(held.pod(component), component).get("lastState") or {}).get("terminated") or {}
    began, ended = (finding.moment(last.get(key)) for key in ("startedAt", "finishedAt"))
    return began is None or ended is None or ended - began < _SOON_SECONDS


def unavailable_since(held: Inventory, component: str) -> float | None:
    """Since when it has not been ready, since it was made or was ready last; None as long as that is unsure."""
    deployment = held.deployment(component)
    told = _condition(deployment, "Available")
    if deployment is None or told.get("status") == "True":
        return None
    return finding.moment(told.get("lastTransitionTime") or deployment["metadata"].get("creationTimestamp"))


def runs(held: Inventory, component: str) -> bool:
    """Say whether the component's container runs at this moment, ready or not."""
    return "running" in (_status(held.pod(component), component).get("state") or {})


def _helpers(recipe: Recipe) -> list[str]:
    own = {one.name for one in recipe.plans}
    return [RESOLVER, *(one.name for one in recipe.running if one.name not in own)]


def _component(recipe: Recipe, name: str, held: Inventory) -> ComponentSeen:
    deployment, pod = held.deployment(name), held.pod(name)
    started = pod or deployment
    if started is None:
        return ComponentSeen(name=name, phase="waiting")
    phase, detail = _phase(name, deployment or {}, pod)
    component = recipe.components[name]
    return ComponentSeen(
        name=name,
        phase=phase,
        started_at=finding.moment(started["metadata"].get("creationTimestamp")),
        ready_at=finding.moment(_condition(pod, "Ready").get("lastTransitionTime")) if phase == "ready" else None,
        detail=detail,
        address=_address(recipe, component, held) if component.speaks_http else None,
        host=f"{name}:{component.port}",
        page=component.pages[0] if component.pages and phase == "ready" else None,
    )


def _address(recipe: Recipe, component: Component, held: Inventory) -> str | None:
    """Where a check asks it: from beside a cluster by the port that is forwarded, within one by its Service."""
    address, way = held.addresses.get(component.name), recipe.settings.door
    if address is None:
        return None
    if way.kind == "forward" and way.port is not None:
        return asked_way.for_check(way.port, recipe.lab.name, component.name)
    return f"http://{address}:{component.port}"


def _phase(name: str, deployment: Manifest, pod: Manifest | None) -> tuple[Phase, str]:
    """The phase, and a sentence where something is in the way."""
    if pod is None:
        failure = _condition(deployment, "ReplicaFailure")
        if failure.get("status") == "True":
            return "failed", f"the cluster does not take its pod: {failure.get('message', '')}"[:300]
        return "waiting", ""
    if _is_ready(pod):
        return "ready", ""
    placed = _condition(pod, "PodScheduled")
    if placed.get("status") == "False":
        return "waiting", f"it waits for room on the cluster: {placed.get('message', '')}"[:300]
    return _of_container(name, pod)


def _of_container(name: str, pod: Manifest) -> tuple[Phase, str]:
    if said := unpulled.told(pod):
        return "failed", said
    for one in unpulled.containers(pod):
        waiting = (one.get("state") or {}).get("waiting") or {}
        reason, message = str(waiting.get("reason", "")), str(waiting.get("message", ""))
        if reason in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
            return "failed", f"it cannot be started: {message}"[:300]
        if reason == "CrashLoopBackOff":
            return "failed", f"it has ended; it will be started again. {_last_end(one)}".strip()
    ended = _last_end(_status(pod, name))
    return "starting", f"started again: {ended}" if ended else ""


def _last_end(status: dict[str, Any]) -> str:
    last = (status.get("lastState") or {}).get("terminated") or {}
    if last.get("reason") == "OOMKilled":
        return "It used more memory than it may."
    return f"It ended with code {last['exitCode']}." if "exitCode" in last else ""


def _is_ready(pod: Manifest | None) -> bool:
    return _condition(pod, "Ready").get("status") == "True"


def _condition(one: Manifest | None, kind: str) -> dict[str, Any]:
    conditions = ((one or {}).get("status") or {}).get("conditions") or []
    return next((found for found in conditions if found.get("type") == kind), {})


def _status(pod: Manifest | None, container: str) -> dict[str, Any]:
    statuses = ((pod or {}).get("status") or {}).get("containerStatuses") or []
    return next((one for one in statuses if one.get("name") == container), {})
