"""The life of a lab against a cluster in memory: order, repetition, death at every call, and what is not ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labs.errors import LabBusy, LabNotRunning, LabSuperseded, NotOurs, OurFault, ProviderAway, ProviderRefused
from labs.ports import Observation
from labs.providers.containers.places import WORK
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.spec import LabSpec
from tests.unit.labs.kubernetes.memory_cluster import Killed, MemoryCluster
from tests.unit.labs.kubernetes.orders import order

Again = Callable[[], KubernetesProvider]


def until_ready(cluster: MemoryCluster, again: Again, lab: LabSpec) -> Observation:
    for _ in range(4):
        seen = again().ensure(lab)
        if seen.state == "ready":
            return seen
        cluster.tick()
    raise AssertionError(seen)


def test_nothing_runs_before_the_fence_was_read_back(cluster: MemoryCluster, again: Again) -> None:
    again().ensure(order())
    calls = cluster.calls
    first_workload = calls.index("apply Deployment")
    read_back = max(index for index, call in enumerate(calls) if call == "list NetworkPolicy")
    put_up = max(index for index, call in enumerate(calls) if call in ("apply NetworkPolicy", "apply ResourceQuota"))
    assert calls.index("create Namespace") < put_up < read_back < first_workload
    assert max(index for index, call in enumerate(calls) if call == "apply Service") < first_workload


def test_a_lab_starts_is_ready_and_is_not_touched_again(cluster: MemoryCluster, again: Again) -> None:
    lab = order()
    assert again().observe(lab).state == "absent"
    assert again().ensure(lab).state == "starting"
    ready = until_ready(cluster, again, lab)
    assert ready.started_at and ready.ready_at and ready.started_at <= ready.ready_at
    cluster.calls.clear()
    assert again().ensure(lab) == ready == again().observe(lab)
    assert not [call for call in cluster.calls if call.split()[0] in ("create", "apply", "delete")]


def test_whoever_is_killed_at_any_call_leaves_a_lab_that_the_next_one_finishes(
    again: Again, cluster: MemoryCluster
) -> None:
    until_ready(cluster, again, order())
    expected = set(cluster.uids())
    for after in (False, True):
        number = 0
        while True:
            number += 1
            cluster.__init__()  # type: ignore[misc]  # a new cluster, behind the same providers
            cluster.dies_at = (number, after)
            try:
                again().ensure(order())
                break
            except Killed:
                cluster.dies_at = None
            before = cluster.uids()
            until_ready(cluster, again, order())
            assert set(cluster.uids()) == expected, f"killed at call {number}"
            assert before.items() <= cluster.uids().items(), "what was made is kept, not made anew"
        assert number > 30


def test_killed_while_deleting_it_is_deleted_by_the_next(cluster: MemoryCluster, again: Again) -> None:
    for number in range(1, 5):
        for after in (False, True):
            cluster.__init__()  # type: ignore[misc]
            until_ready(cluster, again, order())
            cluster.calls.clear()
            cluster.dies_at = (number, after)
            with pytest.raises((Killed, LabBusy)):
                again().delete(order())
            cluster.dies_at = None
            with pytest.raises(LabBusy):
                again().delete(order())
            cluster.tick()
            again().delete(order())
            assert cluster.objects == {}


def test_a_fence_that_does_not_stand_stops_the_start(cluster: MemoryCluster, again: Again) -> None:
    lab = order()
    again().ensure(lab)
    opened = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {"podSelector": {}}}
    cluster.apply(opened | {"metadata": {"name": "open", "namespace": names.namespace_name(lab)}})
    changed = order(token="another-token-of-20-letters")
    with pytest.raises(ProviderRefused, match="open that is not ours"):
        again().ensure(changed)


def test_a_fence_that_somebody_changed_is_mended_and_one_that_cannot_be_fails_the_lab(
    cluster: MemoryCluster, again: Again
) -> None:
    lab = order()
    until_ready(cluster, again, lab)
    namespace = names.namespace_name(lab)
    del cluster.objects["NetworkPolicy", namespace, "deny"]
    assert again().ensure(lab).state == "ready"
    assert ("NetworkPolicy", namespace, "deny") in cluster.objects
    cluster.objects["Namespace", None, namespace]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = (
        "baseline"
    )
    seen = again().ensure(lab)
    assert seen.state == "failed" and seen.problem and seen.problem.whose == "ours"
    assert "baseline" in seen.problem.what


@pytest.mark.parametrize("fault", [ProviderAway("away"), ProviderRefused("a webhook denies")])
@pytest.mark.parametrize("kind", ["Namespace", "NetworkPolicy", "ResourceQuota", "Secret", "Deployment"])
def test_a_fault_at_any_kind_is_raised_and_heals_by_itself(
    cluster: MemoryCluster, again: Again, kind: str, fault: OurFault
) -> None:
    def refuse(verb: str, manifest: Manifest) -> None:
        if manifest["kind"] == kind:
            raise fault

    cluster.refuses = refuse
    with pytest.raises(type(fault)):
        again().ensure(order())
    if kind != "Deployment":
        assert "apply Deployment" not in cluster.calls
    cluster.refuses = lambda verb, manifest: None
    assert until_ready(cluster, again, order()).state == "ready"


def test_stopping_ends_what_runs_and_keeps_the_rest(cluster: MemoryCluster, again: Again) -> None:
    lab = order()
    until_ready(cluster, again, lab)
    kept = {key for key in cluster.objects if key[0] not in ("Deployment", "Pod")}
    assert again().stop(lab).state == "stopped"
    assert again().stop(lab).state == "stopped"
    assert set(cluster.objects) == kept
    with pytest.raises(LabNotRunning):
        again().run(lab, ["true"])
    assert until_ready(cluster, again, lab).state == "ready"


def test_a_reset_begins_under_a_new_name_and_does_not_wait(cluster: MemoryCluster, again: Again) -> None:
    old, new = order(), order(generation=2)
    until_ready(cluster, again, old)
    assert again().ensure(new).state == "starting"
    old_namespace = cluster.objects["Namespace", None, names.namespace_name(old)]
    assert old_namespace["metadata"]["deletionTimestamp"]
    assert until_ready(cluster, again, new).generation == 2
    for call in (again().ensure, again().stop, again().delete):
        with pytest.raises(LabSuperseded):
            call(old)


def test_a_namespace_that_does_not_go_is_reported_with_its_reason(cluster: MemoryCluster, again: Again) -> None:
    lab = order()
    again().ensure(lab)
    namespace = cluster.objects["Namespace", None, names.namespace_name(lab)]
    namespace["metadata"]["deletionTimestamp"] = "2026-01-01T12:30:00Z"
    message = "Some content in the namespace has finalizers remaining: example.org/never in 1 resource instances"
    condition = {"type": "NamespaceFinalizersRemaining", "status": "True", "message": message}
    namespace["status"] = {"conditions": [condition]}
    seen = again().ensure(lab)
    assert seen.state == "failed" and seen.problem and "example.org/never" in seen.problem.what
    with pytest.raises(OurFault, match=r"example\.org/never"):
        again().delete(lab)
    assert [one.name for one in again().list_owned()] == ["lab-17"]


def test_what_is_not_ours_is_left_alone(cluster: MemoryCluster, again: Again) -> None:
    lab = order()
    taken = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.namespace_name(lab), "labels": {}}}
    forged = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "labels": names.labels(lab)}}
    cluster.create(taken)
    cluster.create(forged)
    with pytest.raises(NotOurs):
        again().ensure(lab)
    again().delete(lab)
    assert again().list_owned() == []
    assert len(cluster.objects) == 2 and not any("deletionTimestamp" in o["metadata"] for o in cluster.objects.values())


def test_owned_labs_are_those_of_this_installation_running_or_stopped(cluster: MemoryCluster, again: Again) -> None:
    for lab in (order(), order(lab_id=18, name="lab-18"), order(installation="main-2")):
        until_ready(cluster, again, lab)
    again().stop(order(lab_id=18, name="lab-18"))
    listed = [(one.name, one.lab_id, one.generation, one.running) for one in again().list_owned()]
    assert listed == [("lab-17", 17, 1, True), ("lab-18", 18, 1, False)]


def test_a_resolver_that_ends_again_and_again_is_the_reason(cluster: MemoryCluster, again: Again) -> None:
    lab = order()
    until_ready(cluster, again, lab)
    ended = {"name": "resolver", "restartCount": 4, "lastState": {"terminated": {"exitCode": 1}}}
    cluster.objects["Pod", names.namespace_name(lab), "resolver-1"]["status"] = {"containerStatuses": [ended]}
    seen = again().ensure(lab)
    assert seen.state == "failed" and seen.problem and seen.problem.whose == "ours"
    assert "resolver ended" in seen.problem.what and "code 1" in seen.problem.what
    assert again().observe(lab) == seen


def test_a_container_that_runs_again_has_not_said_yet_why_it_will_end(
    cluster: MemoryCluster, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = order()
    until_ready(cluster, again, lab)
    ended = {"name": "prometheus", "restartCount": 2, "lastState": {"terminated": {"exitCode": 1}}}
    pod = cluster.objects["Pod", names.namespace_name(lab), "prometheus-1"]
    said = {True: "", False: "Starting Prometheus"}
    monkeypatch.setattr(cluster, "log", lambda *_, previous, max_bytes: said[previous])
    pod["status"] = {"containerStatuses": [ended | {"state": {"running": {}}}]}
    assert again().ensure(lab).state == "starting"
    said[False] = f"cannot read {WORK}/prometheus.yml"
    pod["status"] = {"containerStatuses": [ended | {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}
    seen = again().ensure(lab)
    assert seen.state == "failed" and seen.problem and seen.problem.whose == "learner"
