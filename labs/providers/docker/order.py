"""One order and what it means on this engine: components, containers, addresses for the judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labs.components.loader import chosen_components
from labs.components.model import Component
from labs.ports import Door
from labs.providers.containers.plan import TOOLS, ContainerPlan, plan, tools
from labs.providers.docker import door_config
from labs.providers.docker.settings import EngineSettings
from labs.spec import LabSpec


@dataclass(frozen=True)
class Order:
    """A lab as it is wanted, and where."""

    settings: EngineSettings
    lab: LabSpec

    @property
    def components(self) -> Mapping[str, Component]:
        """What the lab is made of, by name."""
        return chosen_components(self.lab.components)

    @property
    def workspace(self) -> str | None:
        """The component by which a browser comes in."""
        return next((name for name, one in self.components.items() if one.door), None)

    @property
    def plans(self) -> tuple[ContainerPlan, ...]:
        """A container for each component."""
        images = {name: self.settings.image(name) for name in self.components}
        door = self.settings.public_url(self.lab)
        return plan(self.lab, self.components, images, address=_by_name, door=door)

    @property
    def tools(self) -> ContainerPlan:
        """The container in which a command runs."""
        return tools(self.lab, self.components, self.settings.image(TOOLS), address=_by_name)

    @property
    def judge_at(self) -> dict[str, str]:
        """Where the judge reaches each component that speaks HTTP."""
        base = f"http://127.0.0.1:{self.settings.judges_port}"
        asked = [name for name, one in self.components.items() if one.speaks_http]
        return {name: base + door_config.judge_path(self.lab, name) for name in asked}

    @property
    def door(self) -> Door | None:
        """Where the learner's browser comes in; None when nothing of the lab is for a browser."""
        if self.workspace is None:
            return None
        return Door(url=self.settings.public_url(self.lab), path=self.lab.first_page)


def _by_name(name: str) -> str:
    """Containers of a lab have one another's names in their hosts file."""
    return name
