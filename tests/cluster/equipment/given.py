"""A cluster that somebody else made: named by ACADEMY_TEST_KUBECONFIG, or by kind or k3d where the machine has one.

Whose cluster it is decides what `down` may end: a named one is never touched, one of kind or k3d is removed when we
made it.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.equipment.places import EquipmentError, Places
from tests.cluster.equipment.programs import run

NAME = "academy-test"
VARIABLE = "ACADEMY_TEST_KUBECONFIG"
CHOICE = "ACADEMY_TEST_CLUSTER"
KIND = ("kind", "create", "cluster", "--name", NAME, "--wait", "120s", "--kubeconfig")
K3D = ("k3d", "cluster", "create", NAME, "--wait", "--kubeconfig-update-default=false")


@dataclass(frozen=True)
class Given:
    """`maker` is what ends it: None for a cluster that was here before."""

    kubeconfig: Path
    maker: str | None


def named() -> Given | None:
    """The environment's own; it wins over everything."""
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    if not Path(path).is_file():
        raise EquipmentError(f"{VARIABLE} names {path}, which is no file")
    return Given(Path(path), None)


def here(places: Places) -> Given | None:
    """A cluster that is not our own: a named one, or one that kind or k3d made for us."""
    note = places.state / "maker"
    return named() or (Given(places.kubeconfig, note.read_text()) if note.is_file() else None)


def wanted_maker() -> str:
    """own, kind or k3d: as ACADEMY_TEST_CLUSTER says; otherwise what is installed, and our own where nothing is."""
    said = os.environ.get(CHOICE)
    if said:
        if said not in {"own", "kind", "k3d"}:
            raise EquipmentError(f"{CHOICE} is {said!r}; it can be own, kind or k3d")
        return said
    return next((name for name in ("kind", "k3d") if shutil.which(name)), "own")


def make(maker: str, places: Places) -> Given:
    """A cluster of kind or k3d; the kubeconfig is where our own would be."""
    places.state.mkdir(parents=True, exist_ok=True)
    if maker == "kind":
        run([*KIND, places.kubeconfig])
    else:
        run(K3D)
        places.kubeconfig.touch(mode=0o600)
        places.kubeconfig.write_text(run(["k3d", "kubeconfig", "get", NAME]))
    (places.state / "maker").write_text(maker)
    return Given(places.kubeconfig, maker)


def load(places: Places, reference: str) -> bool:
    """Brings an image of this machine's Docker to a cluster of kind or k3d; False where it is neither."""
    note = places.state / "maker"
    if not note.is_file():
        return False
    command = {
        "kind": ["kind", "load", "docker-image", "--name", NAME],
        "k3d": ["k3d", "image", "import", "--cluster", NAME],
    }
    run([*command[note.read_text()], reference])
    return True


def remove(places: Places) -> bool:
    """True where there was one that we made."""
    note = places.state / "maker"
    if not note.is_file():
        return False
    command = {"kind": ["kind", "delete", "cluster", "--name", NAME], "k3d": ["k3d", "cluster", "delete", NAME]}
    run(command[note.read_text()])
    shutil.rmtree(places.state)
    return True
