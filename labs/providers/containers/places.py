"""Where things are in a container of a lab, and so what `${...}` in a recipe stands for there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from labs.components.model import Component
from labs.spec import LabSpec

UID = 1000
LISTEN = "0.0.0.0"  # noqa: S104  # within a container: who may come in is the network's matter
WORK, HOME, STATE, RUN, TMP = "/lab/work", "/lab/home", "/lab/state", "/lab/run", "/lab/tmp"
LAYER = f"{HOME}/env"
LOCKED = "/opt/lab"
COMPONENTS = "/opt/components"
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Inside:
    """The values of a lab whose components are containers (`labs.recipes.Values`)."""

    lab: LabSpec
    components: Mapping[str, Component]
    address: Callable[[str], str]
    door_host: str
    listen: str = LISTEN
    environment: str = LOCKED
    layer: str = LAYER
    work: str = WORK
    home: str = HOME
    tmp: str = TMP
    path: str = PATH
    inherited: Mapping[str, str] = field(default_factory=dict)

    def host(self, name: str) -> str:
        """The name by which the lab's containers reach a component."""
        return self.address(name)

    def port(self, name: str) -> int:
        """The port that the component always has."""
        return self.components[name].port

    def files(self, name: str) -> str:
        """The component's files, as its image holds them."""
        return f"{COMPONENTS}/{name}"

    def state(self, name: str) -> str:
        """The container's own data; no other container sees it, so the name is not in it."""
        return STATE

    def run(self, name: str) -> str:
        """The container's filled files."""
        return RUN

    def program(self, name: str) -> str:
        """Programs that a recipe needs are beside the component's files."""
        return f"{COMPONENTS}/bin/{name}"
