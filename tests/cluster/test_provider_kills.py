"""The worker is killed at every call of starting, stopping and deleting a lab: the next one finishes what it began."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.cluster import ACCOUNT, BINDING, LIMIT_RANGE, NAMESPACE, NETWORK_POLICY, QUOTA
from labs.providers.kubernetes.manifests.names import namespace_name
from tests.cluster import worker_process
from tests.cluster.equipment.machine import Machine
from tests.cluster.installation import home
from tests.cluster.inventory import Objects, inventory, namespaces, pods
from tests.cluster.recorder import Call
from tests.cluster.stage import Stage, open_stage

AT_ONCE = 4


@pytest.fixture(scope="module")
def stage(kubeconfig: Path, machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(kubeconfig, machine, tmp_path_factory.mktemp("workers"), "kills") as one:
        yield one


@dataclass(frozen=True)
class Whole:
    """A start without a fault: how many calls, which, and what there is then."""

    calls: int
    recorded: tuple[Call, ...]
    objects: frozenset[tuple[str, str]]
    components: frozenset[str]


@pytest.fixture(scope="module")
def whole(stage: Stage) -> Whole:
    lab = stage.installation.order(1)
    calls = stage.recorded(lab, "ensure")
    # After the last thing that is made it only looks.
    last = max(call.number for call in calls if call.writes)
    admin = stage.admin
    return Whole(last + 3, tuple(calls), frozenset(inventory(admin, lab)), frozenset(pods(admin, lab)))


def test_nothing_else_is_made_before_the_fence_was_read_back(stage: Stage, whole: Whole) -> None:
    """As the real API server was asked: the namespace, our rights in it, the fence, its lists; then the rest."""
    inside = namespace_name(stage.installation.order(1))
    fence = {kind.path(inside) for kind in (NETWORK_POLICY, QUOTA, LIMIT_RANGE, ACCOUNT)}
    writes = [call for call in whole.recorded if call.writes]
    assert (writes[0].method, writes[0].path) == ("POST", NAMESPACE.path())
    early = {*fence, BINDING.path(inside)}
    first = next(call.number for call in writes[1:] if _kept_in(call) not in early)
    before = [call for call in whole.recorded if call.number < first]
    put_up = [call for call in before if call.writes and _kept_in(call) in fence]
    assert {_kept_in(call) for call in put_up} == fence
    read_back = {call.path for call in before if not call.writes and call.number > put_up[-1].number}
    assert {*fence, NAMESPACE.path(name=inside)} <= read_back


def _kept_in(call: Call) -> str:
    """Where the API keeps what is written, without its name."""
    return call.path.rpartition("/")[0]


def test_killed_at_any_call_of_a_start_the_lab_is_finished_by_the_next(stage: Stage, whole: Whole) -> None:
    """Every object is there once, and what the killed worker made was kept, not made anew."""
    assert whole.calls > 25, "the recorder saw the calls"
    cases = [(number, when) for number in range(1, whole.calls + 1) for when in ("before", "after")]

    def one(number: int, when: str) -> None:
        lab = stage.installation.order(number * 10 + (when == "after"))
        admin, what = stage.admin, f"killed {when} call {number}"
        stage.killed(lab, "make", number, when)
        left, standing = inventory(admin, lab), namespaces(stage.installation, lab)
        stage.made(lab)
        made, there = inventory(admin, lab), namespaces(stage.installation, lab)
        assert set(made) == whole.objects, what
        assert left.items() <= made.items(), f"{what}: something was made anew"
        assert len(there) == 1 and standing.items() <= there.items(), what
        admin.ask("DELETE", home(lab))

    sweep(one, cases)


def test_killed_while_workloads_are_made_each_component_runs_once(stage: Stage, whole: Whole) -> None:
    cases = [(number, when) for number in range(whole.calls - 5, whole.calls - 2) for when in ("before", "after")]

    def one(number: int, when: str) -> None:
        lab = stage.installation.order(1000 + number * 10 + (when == "after"))
        admin, what = stage.admin, f"killed {when} call {number}"
        stage.killed(lab, "ensure", number, when)
        left = pods(admin, lab)
        stage.ready(lab)
        running = pods(admin, lab)
        assert set(running) == whole.components and all(len(uids) == 1 for uids in running.values()), (what, running)
        assert left.items() <= running.items(), what
        admin.ask("DELETE", home(lab))

    sweep(one, cases)


def test_killed_at_any_call_of_stopping_it_is_stopped_by_the_next(stage: Stage, whole: Whole) -> None:
    """What stays is what it was, by UID, and the lab starts again.

    Killed before a call it leaves what it leaves when it is killed after the one before, so that is tried once.
    """
    lab = stage.installation.order(2000)
    stage.made(lab)
    admin = stage.admin
    kept = {key: uid for key, uid in inventory(admin, lab).items() if key[0] != "deployments"}
    calls = stage.recorded(lab, "stop")
    last = max(call.number for call in calls if call.writes)
    for number, when in [(1, "before"), *((number, "after") for number in range(1, last + 1))]:
        stage.made(lab)
        stage.killed(lab, "stop", number, when)
        worker_process.until_stopped(stage.provider(lab), lab)
        assert inventory(admin, lab) == kept and not pods(admin, lab), f"killed {when} call {number}"
    stage.made(lab)
    assert set(inventory(admin, lab)) == whole.objects


def test_killed_at_any_call_of_deleting_it_is_gone_after_the_next(stage: Stage, whole: Whole) -> None:
    """And its neighbour is what it was."""
    neighbour = stage.installation.order(3000)
    stage.made(neighbour)
    admin = stage.admin
    before: Objects = inventory(admin, neighbour)
    first = stage.installation.order(3001)
    stage.made(first)
    calls = stage.recorded(first, "delete")
    last = max(call.number for call in calls if call.writes)

    def one(number: int, when: str) -> None:
        lab = stage.installation.order(3000 + number * 10 + (when == "after"))
        stage.made(lab)
        stage.killed(lab, "delete", number, when)
        worker_process.until_gone(stage.provider(lab), lab)
        assert namespaces(stage.installation, lab) == {} and inventory(admin, lab) == {}

    sweep(one, [(number, when) for number in range(1, last + 1) for when in ("before", "after")])
    assert inventory(admin, neighbour) == before


def test_only_the_very_namespace_that_was_seen_is_deleted(stage: Stage) -> None:
    """What was made anew under the same name, after somebody listed it to delete it, stays."""
    lab = stage.installation.order(4000)
    stage.made(lab)
    admin, cluster = stage.admin, ApiCluster.of_kubeconfig(stage.kubeconfig())
    ((name, uid),) = namespaces(stage.installation, lab).items()
    before, another = inventory(admin, lab), str(uuid4())
    refused = stage.worker.ask("DELETE", home(lab), {"preconditions": {"uid": another}})
    assert refused.status == 409 and f"UID in precondition: {another}" in refused.message
    cluster.delete(NAMESPACE, name, uid=another)
    still = admin.ask("GET", home(lab)).told["metadata"]
    assert still["uid"] == uid and "deletionTimestamp" not in still and inventory(admin, lab) == before
    cluster.delete(NAMESPACE, name, uid=uid)
    ending = admin.ask("GET", home(lab))
    assert ending.status == 404 or "deletionTimestamp" in ending.told["metadata"], "nothing calls that off"


def sweep(one: Callable[[int, str], None], cases: list[tuple[int, str]]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(one, *case) for case in cases]:
            done.result()
