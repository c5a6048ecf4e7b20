"""The life of a lab on a cluster in memory: what is made in which order, what is kept, and the fence."""

from __future__ import annotations

from functools import partial

import pytest

from labs.errors import LabNotRunning, LabSuperseded, ProviderRefused
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.provider import KubernetesProvider
from tests.unit.labs.kubernetes.memory_cluster import MemoryCluster
from tests.unit.labs.kubernetes.orders import order, settings_of
from tests.unit.labs.kubernetes.steps import Again, until_ready


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


def test_while_pods_come_up_one_question_is_asked(cluster: MemoryCluster, again: Again) -> None:
    lab = order()
    cluster.ready = False
    again().ensure(lab)
    cluster.tick()
    cluster.calls.clear()
    seen = again().ensure(lab)
    assert cluster.calls == ["list Pod"]
    # Addresses are of Services, which it did not ask for.
    looked = again().observe(lab)
    known = [one.model_copy(update={"address": None}) for one in looked.components]
    assert seen == looked.model_copy(update={"components": tuple(known)})
    assert seen.state == "starting"


def test_what_somebody_took_away_meanwhile_is_made_again(cluster: MemoryCluster, again: Again) -> None:
    lab = order()
    cluster.ready = False
    again().ensure(lab)
    cluster.tick()
    for kind, name in (("Deployment", "mlflow"), ("Pod", "mlflow-1")):
        del cluster.objects[kind, names.namespace_name(lab), name]
    again().ensure(lab)
    assert ("Deployment", names.namespace_name(lab), "mlflow") in cluster.objects


@pytest.mark.parametrize("since", [60.0, 7200.0])
def test_a_part_that_is_not_ready_for_a_moment_does_not_end_a_lab_that_ran_for_hours(
    cluster: MemoryCluster, again: Again, since: float
) -> None:
    lab = order()
    until_ready(cluster, again, lab)
    cluster.age(hours=2)
    cluster.unready(names.namespace_name(lab), "mlflow", seconds=since)
    seen = again().ensure(lab)
    assert seen.component("workspace") == again().observe(lab).component("workspace")
    if since < lab.limits.start_seconds:
        assert (seen.state, seen.problem) == ("starting", None) and seen.door
    else:
        assert seen.state == "failed" and seen.problem and "mlflow did not answer within 180 s" in seen.problem.what


@pytest.mark.parametrize(("lived", "state"), [(3600, "starting"), (5, "failed")])
def test_only_what_ends_soon_after_its_start_ends_again_and_again(
    cluster: MemoryCluster, again: Again, lived: float, state: str
) -> None:
    lab = order()
    until_ready(cluster, again, lab)
    cluster.said = "killed"
    cluster.unready(names.namespace_name(lab), "serving", seconds=1, restarts=2, lived=lived)
    assert again().ensure(lab).state == state


@pytest.mark.parametrize("kinds", [("httproute", "ingress"), ("ingress", "httproute")])
@pytest.mark.parametrize("stopped", [False, True])
def test_another_kind_of_door_is_opened_and_that_before_is_closed(
    cluster: MemoryCluster, kinds: tuple[str, str], stopped: bool
) -> None:
    lab = order()
    for kind in kinds:
        settings = settings_of(door={"kind": kind})
        provider = KubernetesProvider(cluster, settings, installation="main-1", patience=0)
        provider.ensure(lab)
        until_ready(cluster, partial(_same, provider), lab)
        if stopped:
            provider.stop(lab)
    ways = {kind for kind, _, name in cluster.objects if name == "door" and kind in ("HTTPRoute", "Ingress")}
    assert ways == {{"httproute": "HTTPRoute", "ingress": "Ingress"}[kinds[1]]}


def _same(provider: KubernetesProvider) -> KubernetesProvider:
    return provider


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


def test_owned_labs_are_those_of_this_installation_running_or_stopped(cluster: MemoryCluster, again: Again) -> None:
    for lab in (order(), order(lab_id=18, name="lab-18"), order(installation="main-2")):
        until_ready(cluster, again, lab)
    again().stop(order(lab_id=18, name="lab-18"))
    listed = [(one.name, one.lab_id, one.generation, one.running) for one in again().list_owned()]
    assert listed == [("lab-17", 17, 1, True), ("lab-18", 18, 1, False)]
