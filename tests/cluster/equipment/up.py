"""Brings the cluster up: builds, namespaces, components in their order, what runs as pods."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.cluster.equipment import addons, builds, cgroups, components, images
from tests.cluster.equipment.cache import alone
from tests.cluster.equipment.certificates import make_certificates
from tests.cluster.equipment.components import Component
from tests.cluster.equipment.down import clear
from tests.cluster.equipment.kubeconfigs import write_kubeconfigs
from tests.cluster.equipment.kubelet import write_node_files
from tests.cluster.equipment.machine import Machine, open_machine, wait_for
from tests.cluster.equipment.mounts import make_mounts
from tests.cluster.equipment.needs import lacking
from tests.cluster.equipment.network import make_network, refuse_taken_ranges
from tests.cluster.equipment.notes import read_notes
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import EquipmentError, Places
from tests.cluster.equipment.runtime import write_runtime
from tests.cluster.equipment.world import open_world

Say = Callable[[str], None]


def up(places: Places, say: Say, *, pods: tuple[str, ...] = tuple(addons.ADDONS)) -> None:
    """Nothing to do when it is up; `pods` are the add-ons."""
    with alone(places.turn):
        _up(places, say, pods)


def build(cache: Path, say: Say, pods: Iterable[str] = tuple(addons.ADDONS)) -> list[Path]:
    """Everything that takes minutes on a new machine and nothing afterwards; the archives of the images."""
    builds.everything(cache, say)
    say("images of the add-ons")
    names = ("pause", "probe", *(image for pod in pods for image in addons.IMAGES[pod]))
    return [images.ARCHIVES[name](cache) for name in names]


def _up(places: Places, say: Say, pods: tuple[str, ...]) -> None:
    """What a broken start leaves is removed before and after."""
    notes = read_notes(places.notes)
    if notes is not None and notes.alive and components.api_ready(places):
        say("the cluster is up already")
        return
    if reason := lacking():
        raise EquipmentError(f"a cluster cannot run here: {reason}")
    clear(places, say=lambda _: None, keep_images=True)
    archives = build(places.cache, say, pods)
    try:
        _start(places, archives, say)
        addons.install(Objects(places.kubeconfig), places, pods, say)
    except BaseException:
        # The logs stay to be read; namespaces and what is in them go.
        clear(places, say=lambda _: None, keep_images=True, keep_logs=True)
        raise
    say(f"ready: KUBECONFIG={places.kubeconfig}")


def _start(places: Places, archives: Iterable[Path], say: Say) -> None:
    refuse_taken_ranges(places.addresses)
    places.state.mkdir(parents=True, exist_ok=True)
    places.state.chmod(0o711)
    make_certificates(places)
    write_kubeconfigs(places)
    write_node_files(places)
    tools = builds.tools(places.cache)
    say("namespaces and network")
    machine = open_machine(places, tools / "pause")
    cgroups.make(places.cgroup)
    make_mounts(machine)
    make_network(machine)
    open_world(machine)
    configuration = write_runtime(places, tools / "gate")
    start(machine, components.containerd(places, configuration), say)
    with ThreadPoolExecutor(1) as aside:
        brought = aside.submit(images.bring, machine, *archives)
        for component in in_order(places):
            start(machine, component, say)
        say("images")
        brought.result()


def in_order(places: Places) -> Iterator[Component]:
    """Each is ready before the next: the controller manager ends itself where its roles are not there yet."""
    binaries = builds.kubernetes(places.cache)
    yield components.etcd(places)
    yield components.api_server(places, binaries)
    yield components.controller_manager(places, binaries)
    yield components.scheduler(places, binaries)
    yield components.policies(places)
    yield components.kubelet(places, binaries)
    yield components.proxy(places, binaries)
    yield components.volumes(places)


def start(machine: Machine, component: Component, say: Say) -> None:
    say(component.name)
    machine.spawn(component.name, component.command)
    wait_for("the cluster does not start", component.ready, machine, component.name, seconds=component.seconds)
