"""Exams on a Kubernetes cluster: the examiner is a Job without a token, in a namespace of its own.

Nothing runs in either namespace before their fences were seen to stand.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from labs.errors import ImageMissing, LabNotRunning, ProviderAway, ProviderRefused
from labs.exams import bundle
from labs.exams.errors import CutOff, ExaminerBroke
from labs.exams.events import Event
from labs.exams.hosts import cluster_pods
from labs.exams.hosts.cluster_manifests import EXAM, PART, SYSTEMS, ExamPlace
from labs.exams.hosts.cluster_systems import ClusterSystems, find, has_started, until_pod, was_ended
from labs.exams.hosts.leftovers import is_leftover
from labs.exams.hosts.pod_channel import PodChannel
from labs.exams.listening import listen
from labs.exams.plan import Plan
from labs.exams.remote_runner import EXAMINER
from labs.exams.report import Findings, Isolation
from labs.providers.containers.plan import TOOLS
from labs.providers.kubernetes import fence, finding, hands
from labs.providers.kubernetes.cluster import NAMESPACE, POD, Cluster
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings
from labs.providers.kubernetes.trouble import NotAllowed

BEFORE_SECONDS = 120


class Attachable(Cluster, Protocol):
    """A cluster whose containers can be attached to."""

    def attach(self, namespace: str, pod: str, container: str) -> Any:
        """A connection to a container's own streams."""
        ...


@dataclass
class ClusterExamHost:
    """Holds exams on one cluster."""

    cluster: Attachable
    settings: ClusterSettings
    installation: str = "main"
    isolation: Isolation = "kubernetes"

    def hold(self, plan: Plan, *, seconds: float, on_event: Callable[[Event], None]) -> Findings:
        """One exam; its namespaces are deleted at its end."""
        if missing := [name for name in (TOOLS, EXAMINER) if name not in self.settings.images]:
            raise ImageMissing(f"no image is named for {' and '.join(missing)}; python -m labs images makes it")
        self.sweep()
        place = ExamPlace(self.settings, self.installation, secrets.token_hex(6), EXAMINER)
        try:
            self._put_up(place, place.other)
            return self._hold(plan, place, seconds=seconds, on_event=on_event)
        finally:
            self._remove(lambda one: finding.label(one, EXAM) == place.identity)

    def sweep(self) -> None:
        """Delete namespaces of exams whose caller was killed."""
        self._remove(self._is_leftover)

    def end_all(self) -> bool:
        """Delete the namespaces of every exam of this installation: for whoever ends the platform."""
        return self._remove(lambda one: True)

    def _hold(self, plan: Plan, place: ExamPlace, *, seconds: float, on_event: Callable[[Event], None]) -> Findings:
        self.cluster.create(cluster_pods.examiner(place, seconds=seconds + BEFORE_SECONDS))
        pod = until_pod(self.cluster, place.name, EXAMINER, lambda one: has_started(one, 1))
        deadline = time.monotonic() + seconds
        systems = ClusterSystems(self.cluster, place.other, str(pod["status"]["podIP"]), seconds + BEFORE_SECONDS)
        try:
            channel = PodChannel(self.cluster.attach(place.name, pod["metadata"]["name"], EXAMINER))
        except LabNotRunning as gone:
            raise ExaminerBroke("the examiner ended before it was told anything.") from gone
        try:
            with bundle.packed(plan.submission) as submission:
                told = plan.model_copy(update={"hands_out": True})
                for piece in bundle.stream(told, submission=submission):
                    channel.send(piece)
                return listen(channel, deadline=deadline, on_event=on_event, systems=systems)
        except ExaminerBroke as broke:
            if isinstance(broke, CutOff) and was_ended(self.cluster, place.name, EXAMINER):
                raise ProviderAway("the examiner's pod was ended from outside") from broke
            raise ExaminerBroke(f"{broke} {channel.errors}".strip()) from broke
        finally:
            channel.close()

    def _put_up(self, *places: ExamPlace) -> None:
        """Both namespaces, our rights in them, their fences; and then look whether they stand."""
        for place in places:
            self.cluster.create(place.namespace)
            for one in place.entry:
                self.cluster.apply(one)
        for place in places:
            hands.once_allowed(functools.partial(self.cluster.list, POD, place.name))
            fence.put_up(self.cluster, place)
        gaps = [gap for place in places for gap in fence.gaps(self.cluster, place)]
        if gaps:
            raise ProviderRefused(f"the exam's fence does not stand, so nothing was started: {'; '.join(gaps)[:600]}")
        for one in (secret for place in places for secret in place.pull_secret):
            self.cluster.apply(one)

    def _is_leftover(self, namespace: Manifest) -> bool:
        made = finding.moment(namespace["metadata"].get("creationTimestamp")) or 0.0
        identity = finding.label(namespace, EXAM) or ""
        return is_leftover(age_seconds=time.time() - made, examiner_runs=self._examiner_runs(identity))

    def _examiner_runs(self, identity: str) -> bool:
        place = ExamPlace(self.settings, self.installation, identity, EXAMINER)
        with contextlib.suppress(NotAllowed):  # whoever began it did not get as far as giving us rights there
            pod = find(self.cluster, place.name, EXAMINER)
            return pod is not None and (pod.get("status") or {}).get("phase") in ("Pending", "Running")
        return False

    def _remove(self, is_meant: Callable[[Manifest], bool]) -> bool:
        mine = f"{names.INSTALLATION}={names.installation_label(self.installation)},{EXAM}"
        listed = self.cluster.list(NAMESPACE, selector=mine)
        meant = [one for one in listed if not finding.is_ending(one) and self._is_ours(one) and is_meant(one)]
        for one in meant:
            self.cluster.delete(NAMESPACE, one["metadata"]["name"], uid=one["metadata"]["uid"])
        return bool(meant)

    def _is_ours(self, namespace: Manifest) -> bool:
        """Whether its name follows from its labels: anybody can write labels."""
        identity, part = finding.label(namespace, EXAM) or "", finding.label(namespace, PART) or ""
        known = part in (EXAMINER, SYSTEMS)
        expected = ExamPlace(self.settings, self.installation, identity, part).name
        return known and bool(namespace["metadata"]["name"] == expected)
