"""A quota that is used up, a webhook that denies or is away, a namespace that does not go: each has a name, and heals.

An image that is missing is in test_lab_page: it heals when kubelet asks again, which is waited for once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labs.errors import LabBusy, ProviderAway, ProviderRefused
from labs.ports import Observation
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.spec import LabSpec
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.places import Places
from tests.cluster.installation import home
from tests.cluster.quota import quota_of_another
from tests.cluster.stage import Stage, open_stage
from tests.cluster.webhook import Webhook
from tests.factories.waiting import pause, until

SECONDS = 60.0


@pytest.fixture(scope="module")
def stage(kubeconfig: Path, machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(kubeconfig, machine, tmp_path_factory.mktemp("workers"), "refused") as one:
        yield one


def until_seen(provider: KubernetesProvider, lab: LabSpec, fits: Callable[[Observation], bool]) -> Observation:
    started = time.monotonic()
    while not fits(seen := provider.ensure(lab)):
        assert time.monotonic() - started < SECONDS, seen
        pause(started, every=0.05)
    return seen


def is_ready(seen: Observation) -> bool:
    return seen.state == "ready"


def test_a_quota_without_room_for_pods_is_the_reason_and_heals(stage: Stage) -> None:
    lab = stage.installation.order(1, limits={"disk_mb": 200, "start_seconds": 3})
    provider = stage.provider(lab)
    stage.made(lab)
    with quota_of_another(stage.admin, home(lab), pods="0"):
        provider.stop(lab)
        seen = until_seen(provider, lab, lambda one: one.state == "failed")
        assert seen.problem and seen.problem.whose == "ours" and "exceeded quota: tight" in seen.problem.what
    provider.stop(lab)
    until_seen(provider, lab, is_ready)


def test_a_quota_without_room_for_objects_is_the_reason_and_heals(stage: Stage) -> None:
    lab = stage.installation.order(2)
    provider = stage.provider(lab, pods=False)
    stage.made(lab)
    for service in ("workspace", "resolver"):
        stage.admin.ask("DELETE", f"{home(lab)}/services/{service}")
    tight = quota_of_another(stage.admin, home(lab), services="0")
    with tight, pytest.raises(ProviderRefused, match=r"quota is used up.*tight"):
        provider.ensure(lab)
    assert provider.ensure(lab).state == "starting"


@pytest.fixture
def webhook(stage: Stage, places: Places) -> Iterator[Webhook]:
    with Webhook(stage.admin, places, stage.installation).open() as one:
        yield one


def test_a_webhook_that_denies_is_the_reason_and_heals(stage: Stage, webhook: Webhook) -> None:
    lab = stage.installation.order(4)
    provider = stage.provider(lab, pods=False)
    webhook.denies = "no Secrets on Saturdays"
    with pytest.raises(ProviderRefused, match=r"admission webhook of the cluster denies it.*no Secrets on Saturdays"):
        provider.ensure(lab)
    webhook.denies = None
    assert provider.ensure(lab).state == "starting"


def test_a_webhook_that_is_away_is_the_reason_and_heals(stage: Stage, webhook: Webhook) -> None:
    lab = stage.installation.order(5)
    provider = stage.provider(lab, pods=False)
    with webhook.away(), pytest.raises(ProviderAway, match="admission webhook of the cluster does not answer"):
        provider.ensure(lab)
    assert provider.ensure(lab).state == "starting"


def test_k25_a_namespace_that_does_not_go_is_told_of_and_holds_nobody_up(stage: Stage) -> None:
    """A finalizer that nobody removes: the learner goes on in the next generation, and others come and go."""
    lab, other = stage.installation.order(6), stage.installation.order(7)
    provider = stage.provider(lab)
    provider.patience = 2.0
    stage.made(lab)
    kept = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "finalizers": ["example.org/never"]}}
    assert stage.admin.ask("POST", f"{home(lab)}/configmaps", kept).ok
    try:
        with pytest.raises(LabBusy, match="is being deleted"):
            provider.delete(lab)
        assert provider.ensure(lab).state == "starting"
        assert provider.observe(lab).state != "ready"
        told = stage.admin.ask("GET", home(lab)).told["status"]
        until(
            "the cluster says why",
            lambda: "example.org/never" in str(stage.admin.ask("GET", home(lab)).told["status"].get("conditions")),
        )
        assert told["phase"] == "Terminating"
        stage.made(other)
        stage.provider(other).delete(other)
        renewed = stage.installation.order(6, generation=2)
        until_seen(provider, renewed, is_ready)
    finally:
        path = f"{home(lab)}/configmaps/kept"
        stage.admin.ask("PATCH", path, {"metadata": {"finalizers": None}}, kind="application/merge-patch+json")
    until("it is gone", lambda: stage.admin.ask("GET", home(lab)).status == 404)
