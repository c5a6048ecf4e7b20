"""What `${...}` in a recipe stands for: each kind of provider says it of its own labs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from labs.components.model import Component
from labs.spec import LabSpec


class Values(Protocol):
    """Where the things of one lab are, as its own processes see them; each kind of provider has one."""

    @property
    def lab(self) -> LabSpec:
        """The order."""
        ...

    @property
    def components(self) -> Mapping[str, Component]:
        """The lab's components, in the order in which it names them."""
        ...

    @property
    def listen(self) -> str:
        """The address on which components listen: loopback, or every address of a container."""
        ...

    @property
    def environment(self) -> str:
        """The folder of the locked environment."""
        ...

    @property
    def layer(self) -> str:
        """The folder of the lab's own thin layer, whose `bin/python` is the lab's interpreter."""
        ...

    @property
    def work(self) -> str:
        """The learner's workspace."""
        ...

    @property
    def home(self) -> str:
        """HOME of everything in the lab."""
        ...

    @property
    def tmp(self) -> str:
        """Where passing files go."""
        ...

    @property
    def path(self) -> str:
        """Where programs are looked for, behind the thin layer's own."""
        ...

    @property
    def inherited(self) -> Mapping[str, str]:
        """Variables of the machine that labs need too: language, certificates."""
        ...

    @property
    def door_host(self) -> str:
        """Host, and port where it is not the usual one, under which the browser sees the lab."""
        ...

    def host(self, name: str) -> str:
        """The name or address by which the lab's processes reach a component."""
        ...

    def port(self, name: str) -> int:
        """The port on which a component listens."""
        ...

    def files(self, name: str) -> str:
        """The folder of a component's own files: its programs and what they read."""
        ...

    def state(self, name: str) -> str:
        """The folder of a component's data, kept when the lab stops."""
        ...

    def run(self, name: str) -> str:
        """The folder of a component's filled files, with secrets."""
        ...

    def program(self, name: str) -> str:
        """The path of a program that a recipe needs; raises ProgramMissing."""
        ...
