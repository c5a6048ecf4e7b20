"""`scripts/cluster up`, `down`, `status`, `kubeconfig`, `load IMAGE`, `platform`."""

import argparse
import sys
import time

from tests.cluster.equipment import given, images, platform
from tests.cluster.equipment.components import api_ready
from tests.cluster.equipment.down import down
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.notes import read_notes
from tests.cluster.equipment.places import EquipmentError, Places
from tests.cluster.equipment.up import up

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


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/cluster", description="A real Kubernetes for the tests.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="start it, or use one that is there")
    verbs.add_parser("down", help="end it and remove everything it made")
    verbs.add_parser("status", help="what runs")
    verbs.add_parser("kubeconfig", help="print the path of its kubeconfig")
    verbs.add_parser("load", help="bring an image of this machine's Docker").add_argument("image")
    verbs.add_parser("platform", help="install the platform on it, by its chart")
    wanted, places = parser.parse_args(), Places.default()
    try:
        if wanted.verb == "up":
            bring_up(places)
        elif wanted.verb == "down":
            take_down(places)
        elif wanted.verb == "status":
            return status(places)
        elif wanted.verb == "kubeconfig":
            found = given.named()
            print(found.kubeconfig if found else places.kubeconfig)
        elif wanted.verb == "platform":
            installed = platform.install(places, say)
            say(f"the platform answers at {installed.address} to the host name {installed.host}")
        else:
            load(places, wanted.image)
    except EquipmentError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
