"""What goes wrong with a lab on a cluster in memory: whoever is killed, refused, or finds what is not theirs."""

from __future__ import annotations

import pytest

from labs.errors import LabBusy, NotOurs, OurFault, ProviderAway, ProviderRefused
from labs.providers.containers.places import WORK
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from tests.unit.labs.kubernetes.memory_cluster import Killed, MemoryCluster
from tests.unit.labs.kubernetes.orders import order
from tests.unit.labs.kubernetes.steps import Again, until_ready


def test_whoever_is_killed_at_any_call_leaves_a_lab_that_the_next_one_finishes(
    again: Again, cluster: MemoryCluster
) -> None:
    until_ready(cluster, again, order())
    expected = set(cluster.uids())
    for after in (False, True):
        number = 0
        while True:
            number += 1
            cluster.begin_anew()
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
            cluster.begin_anew()
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
