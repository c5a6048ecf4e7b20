"""The systems of an exam on a cluster: a pod each, in a namespace that only this exam's examiner may enter."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labs.errors import OurFault, ProviderAway
from labs.exams.asking import LAST_SECONDS, LOG_BYTES, TOLD_TO_END, LookAtSystem, Seen, StartSystem
from labs.exams.hosts import cluster_pods
from labs.exams.hosts.cluster_manifests import ExamPlace
from labs.providers.kubernetes import finding, unpulled
from labs.providers.kubernetes.cluster import POD, Cluster
from labs.providers.kubernetes.manifests.names import Manifest

START_SECONDS = 120.0
END_SECONDS = LAST_SECONDS + 10
LOOK_AGAIN_SECONDS = 0.2


@dataclass
class ClusterSystems:
    """Makes them as the examiner asks, each afresh; whoever holds the exam removes the namespace."""

    cluster: Cluster
    place: ExamPlace
    examiner_at: str
    seconds: float

    def start(self, order: StartSystem) -> Seen:
        """Start the pod, and wait until its services were started: they may have ended again."""
        wanted = cluster_pods.system(self.place, order, examiner_at=self.examiner_at, seconds=self.seconds)
        self.cluster.create(wanted)
        name, count = cluster_pods.system_name(order.number), len(order.services)
        pod = until_pod(self.cluster, self.place.name, name, lambda one: has_started(one, count))
        return Seen(number=order.number, hosts=(str(pod["status"]["podIP"]),) * count)

    def look(self, ask: LookAtSystem) -> Seen:
        """The exit codes of those that ended; None for those that run. Nobody here can tell what they used."""
        name = cluster_pods.system_name(ask.number)
        pod = find(self.cluster, self.place.name, name)
        if pod is None or _is_taken_away(pod):
            raise ProviderAway("a system of the exam is gone: its pod was deleted or its node taken away")
        count = len(pod["spec"]["containers"])
        states = {one["name"]: one.get("state") or {} for one in statuses(pod)}
        exits = [(states.get(cluster_pods.service_name(place)) or {}).get("terminated") for place in range(count)]
        said = tuple(self._log(name, place) for place in range(count)) if ask.logs else ()
        codes = tuple(None if one is None else int(one.get("exitCode", 1)) for one in exits)
        return Seen(number=ask.number, exits=codes, logs=said)

    def end(self, number: int) -> Seen:
        """Delete the pod; nobody waits until it has gone."""
        seen = self.look(LookAtSystem(number=number, logs=True))
        name = cluster_pods.system_name(number)
        if pod := find(self.cluster, self.place.name, name):
            self.cluster.delete(POD, name, self.place.name, uid=pod["metadata"]["uid"])
        return seen

    def _log(self, pod: str, place: int) -> str:
        container = cluster_pods.service_name(place)
        return self.cluster.log(self.place.name, pod, container, previous=False, max_bytes=LOG_BYTES)


def find(cluster: Cluster, namespace: str, name: str) -> Manifest | None:
    """A pod by its name, or by the Job that made it."""
    for one in cluster.list(POD, namespace):
        labels = one["metadata"].get("labels") or {}
        if name in (one["metadata"]["name"], labels.get("batch.kubernetes.io/job-name")):
            return one
    return None


def until_pod(cluster: Cluster, namespace: str, name: str, is_right: Callable[[Manifest], bool]) -> Manifest:
    """Wait for a pod; an OurFault says what is in its way."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        pod = find(cluster, namespace, name)
        if pod is not None and is_right(pod):
            return pod
        if pod is not None and _is_taken_away(pod):
            raise ProviderAway(f"the exam's pod {name} was taken away before it ran")
        if time.monotonic() > deadline:
            raise OurFault(f"the exam's pod {name} did not start within {START_SECONDS:.0f} s: {_why(pod)}")
        time.sleep(LOOK_AGAIN_SECONDS)


def was_ended(cluster: Cluster, namespace: str, name: str) -> bool:
    """Whether a pod of one container was ended from outside; ProviderAway where it goes on: its connection broke."""
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        pod = find(cluster, namespace, name)
        if pod is None or _is_taken_away(pod):
            return True
        if ended := [one["state"]["terminated"] for one in statuses(pod) if "terminated" in (one.get("state") or {})]:
            return bool(ended[0].get("exitCode") == TOLD_TO_END)
        time.sleep(LOOK_AGAIN_SECONDS)
    raise ProviderAway(f"the connection to {name} broke")


def has_started(pod: Manifest, count: int) -> bool:
    """Whether every one of its containers runs or has ended."""
    states = [one.get("state") or {} for one in statuses(pod)]
    begun = sum("running" in state or "terminated" in state for state in states)
    return begun == count and bool(pod["status"].get("podIP"))


def statuses(pod: Manifest) -> list[dict[str, Any]]:
    """What is known of its containers."""
    return list((pod.get("status") or {}).get("containerStatuses") or [])


def _is_taken_away(pod: Manifest) -> bool:
    """Whether somebody deletes it, or the cluster takes its node away; who outgrows a disk has no such condition."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return finding.is_ending(pod) or any(
        one.get("type") == "DisruptionTarget" and one.get("status") == "True" for one in conditions
    )


def _why(pod: Manifest | None) -> str:
    if pod is None:
        return "it was never made."
    status = pod.get("status") or {}
    if said := unpulled.told(pod):
        return said
    waits = [(one.get("state") or {}).get("waiting") or {} for one in unpulled.containers(pod)]
    told = [f"{one.get('reason', '')} {one.get('message', '')}".strip() for one in waits if one]
    told += [str(one["message"]) for one in status.get("conditions") or [] if one.get("message")]
    return ("; ".join(filter(None, told)) or f"it is {status.get('phase', 'unknown')}.")[:600]
