"""The cluster's own life: a start, a second one, an end that leaves nothing, a start that breaks.

On a second cluster beside the one of the other tests, with addresses of its own.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.equipment import components
from tests.cluster.equipment.down import down, leftovers
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.network import refuse_taken_ranges
from tests.cluster.equipment.notes import Notes, read_notes
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import Addresses, EquipmentError, Places, default_cache
from tests.cluster.equipment.up import up

SECOND = Addresses(
    host="10.211.0.1", node="10.211.0.2", link="10.211.0.0/24", pods="10.212.0.0/22", services="10.213.0.0/16",
    api_service="10.213.0.1", dns_service="10.213.0.10", interface="academy1",
)  # fmt: skip


@pytest.fixture
def second(machine: Machine) -> Iterator[Places]:
    """Beside `machine`, which is the cluster of the other tests; in a short place, since sockets live below it."""
    places = Places(Path("/var/tmp/academy-second"), default_cache(), SECOND)
    down(places, say=print)
    yield places
    down(places, say=print)


def notes_of(places: Places) -> Notes:
    notes = read_notes(places.notes)
    assert notes is not None
    return notes


def test_a_cluster_comes_and_goes_and_leaves_nothing(second: Places) -> None:
    up(second, print, pods=())
    notes = notes_of(second)
    assert [one.name for one in notes.components if one.found() is None] == []
    volumes = Objects(second.kubeconfig).core.list_persistent_volume().items
    assert volumes, "there are mounts and loop devices to leave behind"
    assert leftovers(second), "what is left is seen while it is there"
    # The cluster of the other tests is another machine as far as this one can see.
    assert "academy0" not in Machine(second, notes).run("ip", "-brief", "link")
    down(second, say=print)
    assert leftovers(second) == []
    assert [one.name for one in notes.components if one.found() is not None] == []
    down(second, say=print)


def test_a_start_that_breaks_says_why_and_leaves_only_its_logs(second: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = dataclasses.replace(components.etcd(second), command=("sh", "-c", "echo no disk >&2; exit 3"))
    monkeypatch.setattr(components, "etcd", lambda _: broken)
    with pytest.raises(EquipmentError, match=r"etcd ended[\s\S]*no disk"):
        up(second, print, pods=())
    assert not second.notes.exists()
    assert {one.partition(" ")[0] for one in leftovers(second)} == {"folder"}
    assert "no disk" in second.log("etcd").read_text()


def test_a_range_that_is_taken_is_told(kubeconfig: Path, places: Places) -> None:
    with pytest.raises(EquipmentError, match="make cluster-down"):
        refuse_taken_ranges(places.addresses)
