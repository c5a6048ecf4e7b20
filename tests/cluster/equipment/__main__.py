"""`scripts/cluster build`, `up`, `down`, `status`, `kubeconfig`, `load IMAGE`, `platform [--remove]`."""

import argparse
import sys
import time
from collections.abc import Callable

from tests.cluster.equipment import given, images, platform
from tests.cluster.equipment.components import api_ready
from tests.cluster.equipment.down import down
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.next_steps import what_next
from tests.cluster.equipment.notes import read_notes
from tests.cluster.equipment.places import EquipmentError, Places
from tests.cluster.equipment.up import build, up

STARTED = time.monotonic()


def say(text: str) -> None:
    print(f"  {time.monotonic() - STARTED:6.1f} s  {text}", flush=True)


def bring_up(places: Places) -> None:
    """A named cluster, kind or k3d, or our own, in this order."""
    if found := given.named():
        say(f"the cluster of {found.kubeconfig} is used as it is")
        return
    maker = given.wanted_maker()
    if maker == "own":
        up(places, say)
    elif not (places.state / "maker").is_file():
        say(f"a cluster by {maker}")
        given.make(maker, places)
        say(f"ready: KUBECONFIG={places.kubeconfig}")


def take_down(places: Places) -> None:
    if found := given.named():
        say(f"the cluster of {found.kubeconfig} was not made here and stays")
    elif not given.remove(places):
        down(places, say=say)


def status(places: Places) -> int:
    if found := given.here(places):
        print(f"the cluster of {found.kubeconfig} is used" + (f", made by {found.maker}" if found.maker else ""))
        return 0
    notes = read_notes(places.notes)
    if notes is None or not notes.alive:
        print("no cluster is up")
        return 1
    for component in notes.components:
        print(f"{component.name:26} {'runs' if component.found() else 'ended':6} {component.pid}")
    print(f"{'API':26} {'ready' if api_ready(places) else 'does not answer'}")
    return 0


def load(places: Places, reference: str) -> None:
    if given.load(places, reference):
        return
    notes = read_notes(places.notes)
    if notes is None or not notes.alive:
        raise EquipmentError("no cluster is up (make cluster)")
    print(images.bring_from_docker(Machine(places, notes), reference))


def build_all(places: Places) -> None:
    build(places.cache, say)


def kubeconfig(places: Places) -> None:
    found = given.named()
    print(found.kubeconfig if found else places.kubeconfig)


def install_platform(places: Places) -> None:
    installed = platform.install(places, say)
    say("the platform answers")
    print(what_next(places, installed))


def remove_platform(places: Places) -> None:
    platform.remove(places)
    say("the platform is removed, with its labs, its database and its uploads")


#: Verb -> what it is for, and what does it.
VERBS: dict[str, tuple[str, Callable[[Places], int | None]]] = {
    "build": ("build what a start needs, for minutes on a new machine", build_all),
    "up": ("start it, or use one that is there", bring_up),
    "down": ("end it and remove everything it made", take_down),
    "status": ("what runs", status),
    "kubeconfig": ("print the path of its kubeconfig", kubeconfig),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/cluster", description="A real Kubernetes for the tests.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, (meaning, _) in VERBS.items():
        verbs.add_parser(verb, help=meaning)
    verbs.add_parser("load", help="bring an image of this machine's Docker").add_argument("image")
    on_it = verbs.add_parser("platform", help="install the platform on it, by its chart")
    on_it.add_argument("--remove", action="store_true", help="with all its labs and data")
    wanted, places = parser.parse_args(), Places.default()
    try:
        if wanted.verb == "load":
            load(places, wanted.image)
            return 0
        if wanted.verb == "platform":
            (remove_platform if wanted.remove else install_platform)(places)
            return 0
        return VERBS[wanted.verb][1](places) or 0
    except EquipmentError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
