"""The API server away, slow or unhappy: each first time that a call is made. The fault has a name, and the lab heals.

The proxy stands before the real API server; every distinct call of a start meets the fault before it is let through.
"""

from __future__ import annotations

import collections
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from labs.errors import LabBusy, ProviderAway
from tests.cluster import worker_process
from tests.cluster.equipment.machine import Machine
from tests.cluster.inventory import inventory, namespaces
from tests.cluster.pausing import PodlessCluster
from tests.cluster.recorder import PASS, Act, Call, Recorder
from tests.cluster.stage import Stage, open_stage

READS = 3
"""So often a read is tried before its fault is told of."""
SLOW_SECONDS = 0.6


@pytest.fixture(scope="module")
def stage(kubeconfig: Path, machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(kubeconfig, machine, tmp_path_factory.mktemp("workers"), "faults") as one:
        yield one


def status(code: int, reason: str, message: str, **headers: str) -> Act:
    told = {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}
    return Act(answer=(code, json.dumps(told), {key.replace("_", "-"): one for key, one in headers.items()}))


@dataclass
class AtFirst:
    """Every distinct call meets the act at first: a write once, a read until the client gives up."""

    act: Act
    methods: tuple[str, ...] = ("GET", "POST", "PATCH", "DELETE")
    lists_only: bool = False
    met: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)

    def __call__(self, call: Call) -> Act:
        key = (call.method, call.path)
        # What is read by its name ends in that name, a list in the plural.
        fits = call.method in self.methods and not (self.lists_only and not call.path.endswith("s"))
        self.met[key] += 1
        return self.act if fits and self.met[key] <= (1 if call.writes else READS) else PASS


FAULTS = {
    "away": (AtFirst(Act(drop="before")), ProviderAway, "does not answer"),
    "slow": (AtFirst(Act(wait=SLOW_SECONDS)), ProviderAway, "does not answer"),
    "cut off after success": (AtFirst(Act(drop="after")), ProviderAway, "does not answer"),
    "409": (
        AtFirst(status(409, "Conflict", "the object has been modified"), methods=("PATCH",)),
        LabBusy, "somebody else changes this lab",
    ),
    "410": (
        AtFirst(status(410, "Expired", "the resourceVersion is too old"), methods=("GET",), lists_only=True),
        ProviderAway, "change faster than they can be listed",
    ),
    "429": (
        AtFirst(status(429, "TooManyRequests", "please try again later", retry_after="1"), methods=("PATCH", "POST")),
        ProviderAway, "overloaded",
    ),
    "500": (AtFirst(status(500, "InternalError", "etcdserver: leader changed")), ProviderAway, "(500)"),
    "503": (AtFirst(Act(answer=(503, "upstream connect error", {}))), ProviderAway, "(503)"),
    "webhook away": (
        AtFirst(
            status(500, "InternalError", 'failed calling webhook "x.example": context deadline exceeded'),
            methods=("PATCH", "POST"),
        ),
        ProviderAway, "webhook of the cluster does not answer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_every_call_of_a_start_has_a_name_and_heals(stage: Stage, name: str) -> None:
    plan, kind, says = FAULTS[name]
    whole = stage.installation.order(1)
    stage.made(whole)
    lab = stage.installation.order(100 + list(FAULTS).index(name))
    recorder = Recorder(stage.admin, plan)
    with recorder.open():
        path = stage.kubeconfig(recorder, f"{lab.name}-{len(name)}")
        provider = worker_process.provider_of(path, stage.settings, lab.installation, pods=False)
        assert isinstance(provider.cluster, PodlessCluster)
        provider.cluster.read_seconds = SLOW_SECONDS / 2 if name == "slow" else 20
        faults = worker_process.until_made(provider, lab)
    assert len(faults) > 3 and {type(one) for one in faults} == {kind}, faults
    assert all(says in str(one) for one in faults), faults
    assert set(inventory(stage.admin, lab)) == set(inventory(stage.admin, whole))
    assert len(namespaces(stage.installation, lab)) == 1


def test_while_it_is_away_nothing_is_said_of_labs_and_afterwards_they_are_as_they_were(stage: Stage) -> None:
    lab = stage.installation.order(50)
    stage.made(lab)
    before = inventory(stage.admin, lab)
    recorder = Recorder(stage.admin)
    with recorder.open():
        path = stage.kubeconfig(recorder, "away")
        provider = worker_process.provider_of(path, stage.settings, lab.installation, pods=False)
        seen = provider.observe(lab)
    for call in (provider.observe, provider.ensure, provider.stop, provider.delete):
        with pytest.raises(ProviderAway, match="does not answer"):
            call(lab)
    with pytest.raises(ProviderAway):
        provider.list_owned()
    with recorder.open():
        assert provider.observe(lab) == seen
    assert inventory(stage.admin, lab) == before
