"""A cluster in memory: keeps objects, gives out UIDs and addresses, and plays controllers and kubelet by `tick`.

It knows nothing of our recipe; within a namespace it obeys only who has a RoleBinding there. Every call is written
down; `dies_at` ends the caller before or after a call, as a killed worker would be.
"""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from labs.providers.kubernetes.cluster import BINDING, DEPLOYMENT, NAMESPACE, POD, SERVICE, Executed, Kind, kind_of
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.trouble import NotAllowed

Key = tuple[str, str | None, str]
Given = TypeVar("Given")


class Killed(BaseException):
    """The worker is gone: nothing catches this."""


class MemoryCluster:
    """`labs.providers.kubernetes.cluster.Cluster`, in memory."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """An empty cluster, behind the same providers."""
        self.objects: dict[Key, Manifest] = {}
        self.calls: list[str] = []
        self.dies_at: tuple[int, bool] | None = None
        self.refuses: Callable[[str, Manifest], None] = lambda verb, manifest: None
        self.ready = True
        self.said = ""
        self._numbers = itertools.count(1)

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Manifest | None:
        return self._called(f"get {kind.kind}", lambda: copy.deepcopy(self.objects.get((kind.kind, namespace, name))))

    def list(self, kind: Kind, namespace: str | None = None, *, selector: str = "") -> Sequence[Manifest]:
        wanted = [part.partition("=") for part in selector.split(",") if part]

        def is_selected(labels: dict[str, str]) -> bool:
            return all(key in labels and (not equals or labels[key] == value) for key, equals, value in wanted)

        def listed() -> Sequence[Manifest]:
            self._may(namespace)
            return [
                copy.deepcopy(one)
                for (found, place, _), one in sorted(self.objects.items(), key=str)
                if found == kind.kind and namespace in (None, place)
                and is_selected(one["metadata"].get("labels") or {})
            ]  # fmt: skip

        return self._called(f"list {kind.kind}", listed)

    def create(self, manifest: Manifest) -> Manifest | None:
        return self._called(f"create {manifest['kind']}", lambda: self._create(manifest))

    def apply(self, manifest: Manifest) -> Manifest:
        return self._called(f"apply {manifest['kind']}", lambda: self._apply(manifest))

    def delete(self, kind: Kind, name: str, namespace: str | None = None, *, uid: str) -> None:
        self._called(f"delete {kind.kind}", lambda: self._delete((kind.kind, namespace, name), uid))

    def log(self, namespace: str, pod: str, container: str, *, previous: bool, max_bytes: int) -> str:
        return self.said

    def execute(
        self, namespace: str, pod: str, container: str, argv: Sequence[str], *, timeout: float, max_bytes: int
    ) -> Executed:
        return Executed(0, b"", b"")

    def tick(self) -> None:
        """Let the controllers act once: namespaces empty and go, Deployments have pods, pods become ready."""
        for key, one in list(self.objects.items()):
            if key[0] == NAMESPACE.kind and one["metadata"].get("deletionTimestamp"):
                self.objects = {
                    other: kept for other, kept in self.objects.items() if other != key and other[1] != key[2]
                }
        for (kind, namespace, name), one in list(self.objects.items()):
            if kind == DEPLOYMENT.kind and (POD.kind, namespace, f"{name}-1") not in self.objects:
                self._store(self._pod(namespace, name, one))
            if kind == POD.kind and (DEPLOYMENT.kind, namespace, name[:-2]) not in self.objects:
                del self.objects[kind, namespace, name]

    def age(self, *, hours: int) -> None:
        """Everything that is there was made so long ago."""
        for one in self.objects.values():
            one["metadata"]["creationTimestamp"] = now(-3600 * hours)

    def unready(
        self, namespace: str, component: str, *, seconds: float, restarts: int = 0, lived: float | None = None
    ) -> None:
        """The component's pod has not been ready for so long; the container before the one in it `lived` so long."""
        since = {"status": "False", "lastTransitionTime": now(-seconds)}
        terminated = {"exitCode": 137, "startedAt": now(-seconds - (lived or 0)), "finishedAt": now(-seconds)}
        last = {} if lived is None else {"lastState": {"terminated": terminated}}
        container = {"name": component, "restartCount": restarts, "state": {"running": {}}} | last
        pod = self.objects[POD.kind, namespace, f"{component}-1"]
        pod["status"] |= {"conditions": [{"type": "Ready"} | since], "containerStatuses": [container]}
        self.objects[DEPLOYMENT.kind, namespace, component]["status"] = {"conditions": [{"type": "Available"} | since]}

    def uids(self) -> dict[Key, str]:
        return {key: one["metadata"]["uid"] for key, one in self.objects.items()}

    def _called(self, what: str, act: Callable[[], Given]) -> Given:
        self.calls.append(what)
        dies, after = self.dies_at or (0, False)
        if dies == len(self.calls) and not after:
            raise Killed(what)
        try:
            return act()
        finally:
            if dies == len(self.calls):
                raise Killed(f"{what}, done or refused")

    def _may(self, namespace: str | None) -> None:
        bound = any(kind == BINDING.kind and place == namespace for kind, place, _ in self.objects)
        if namespace is not None and not bound:
            raise NotAllowed(f"no role is bound in {namespace}")

    def _create(self, manifest: Manifest) -> Manifest | None:
        self.refuses("create", manifest)
        if _key(manifest) in self.objects:
            return None
        return self._store(copy.deepcopy(manifest))

    def _apply(self, manifest: Manifest) -> Manifest:
        self.refuses("apply", manifest)
        namespace = manifest["metadata"]["namespace"]
        if manifest["kind"] != BINDING.kind:
            self._may(namespace)
        assert (NAMESPACE.kind, None, namespace) in self.objects, f"{namespace} is not there"
        known = self.objects.get(_key(manifest))
        made = copy.deepcopy(manifest)
        if manifest["kind"] == SERVICE.kind:
            made["spec"]["clusterIP"] = known["spec"]["clusterIP"] if known else f"10.96.0.{next(self._numbers)}"
        if known is not None:
            made["metadata"] = known["metadata"] | made["metadata"]
            self.objects[_key(manifest)] = made
            return copy.deepcopy(made)
        return self._store(made)

    def _store(self, one: Manifest) -> Manifest:
        one["metadata"] |= {"uid": f"uid-{next(self._numbers)}", "creationTimestamp": now()}
        self.objects[_key(one)] = one
        return copy.deepcopy(one)

    def _delete(self, key: Key, uid: str) -> None:
        one = self.objects.get(key)
        if one is None or one["metadata"]["uid"] != uid:
            return
        if key[0] == NAMESPACE.kind:
            one["metadata"]["deletionTimestamp"] = now()
        else:
            del self.objects[key]

    def _pod(self, namespace: str | None, name: str, deployment: Manifest) -> Manifest:
        ready = {"type": "Ready", "status": "True" if self.ready else "False"}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{name}-1",
                "namespace": namespace,
                "labels": dict(deployment["spec"]["template"]["metadata"]["labels"]),
            },
            "status": {"phase": "Running", "conditions": [ready | {"lastTransitionTime": now()}]},
        }


def now(seconds: float = 0) -> str:
    """As Kubernetes writes it, to the second; so many seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def _key(manifest: Manifest) -> Key:
    kind = kind_of(manifest)
    return (kind.kind, manifest["metadata"].get("namespace"), manifest["metadata"]["name"])
