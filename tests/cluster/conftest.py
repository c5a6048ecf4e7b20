"""The cluster for its tests: one that is up, one that is named, or one that is made for this run and ended after it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.equipment import given
from tests.cluster.equipment.down import down
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.notes import read_notes
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import Places
from tests.cluster.equipment.up import up
from tests.cluster.probes import Lab, make_lab
from tests.cluster.tenancy import Estate

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process of the run has the cluster, so that it is made once; the first test waits for it."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("cluster"))
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="session")
def places() -> Places:
    return Places.default()


@pytest.fixture(scope="session")
def kubeconfig(places: Places) -> Iterator[Path]:
    """An administrator's. A cluster that a person started stays when the tests end."""
    if found := given.here(places):
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
    return Machine(places, notes)


@pytest.fixture(scope="module")
def new_lab(objects: Objects, machine: Machine, request: pytest.FixtureRequest) -> Iterator[Callable[..., Lab]]:
    """Makes namespaces with probe pods; they go when the module's tests are done."""
    made: list[Lab] = []

    def make(name: str, *pods: str, **labels: str) -> Lab:
        module = request.module.__name__.rpartition(".")[2].removeprefix("test_").replace("_", "-")
        made.append(make_lab(objects, f"{module}-{name}", pods, labels))
        return made[-1]

    yield make
    for lab in made:
        lab.remove()


@pytest.fixture(scope="session")
def node_link_local(machine: Machine) -> str:
    """The node's address on the pods' bridge that no API object knows."""
    listed = json.loads(machine.run("ip", "-json", "-6", "address", "show", "dev", "cni0", "scope", "link"))
    return f"{listed[0]['addr_info'][0]['local']}%eth0"


@pytest.fixture(scope="session")
def estate(
    kubeconfig: Path, objects: Objects, machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Estate]:
    """One installation of the platform for all tests of tenancy."""
    made = Estate(kubeconfig, objects, machine, tmp_path_factory.mktemp("estate"))
    made.install()
    yield made
    made.remove()
