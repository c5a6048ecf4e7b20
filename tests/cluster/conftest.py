"""The cluster for its tests: one that is up, one that is named, or one that is made for this run and ended after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.equipment import given
from tests.cluster.equipment.down import down
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.notes import read_notes
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import Places
from tests.cluster.equipment.up import up
from tests.cluster.equipment.world import open_world


@pytest.fixture(scope="session")
def places() -> Places:
    return Places.default()


@pytest.fixture(scope="session")
def kubeconfig(places: Places) -> Iterator[Path]:
    """An administrator's. A cluster that a person started stays when the tests end."""
    if found := given.named():
        yield found.kubeconfig
        return
    notes = read_notes(places.notes)
    was_up = notes is not None and notes.alive
    up(places, print)
    yield places.kubeconfig
    if not was_up:
        down(places, say=print)


@pytest.fixture(scope="session")
def objects(kubeconfig: Path) -> Objects:
    return Objects(kubeconfig)


@pytest.fixture(scope="session")
def machine(places: Places, kubeconfig: Path) -> Machine:
    """The namespaces of our own cluster, with the canaries of the world outside."""
    notes = read_notes(places.notes)
    assert notes is not None, f"this test needs the cluster of `make cluster`, and {kubeconfig} is another one"
    found = Machine(places, notes)
    open_world(found)
    return found
