"""Where things are in a container of a lab, and so what `${...}` in a recipe stands for there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labs.components.model import Component
from labs.recipe_values import Folders, Place, Values
from labs.spec import LabSpec

UID = 1000
LISTEN = "0.0.0.0"  # noqa: S104  # within a container: who may come in is the network's matter
WORK, HOME, STATE, RUN, TMP = "/lab/work", "/lab/home", "/lab/state", "/lab/run", "/lab/tmp"
LAYER = f"{HOME}/env"
LOCKED = "/opt/lab"
COMPONENTS = "/opt/components"
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def inside(lab: LabSpec, components: Mapping[str, Component], address: Callable[[str], str], door_url: str) -> Values:
    """The values of a lab whose components are containers, which find one another by `address`.

    Each has `STATE` and `RUN` for itself: no other container sees them, so the component's name is not in them.
    """
    return Values(
        lab=lab,
        components=components,
        places={
            name: Place(address(name), one.port, files=f"{COMPONENTS}/{name}", state=STATE, run=RUN)
            for name, one in components.items()
        },
        folders=Folders(environment=LOCKED, layer=LAYER, work=WORK, home=HOME, tmp=TMP),
        listen=LISTEN,
        door_url=door_url,
        path=PATH,
        program=lambda name: f"{COMPONENTS}/bin/{name}",
        inherited={},
    )
