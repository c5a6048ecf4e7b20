"""What `${...}` in a recipe stands for: each kind of provider says it of its own labs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from labs.components.model import Component
from labs.spec import LabSpec


@dataclass(frozen=True)
class Place:
    """Where one component is, as the lab's own processes see it."""

    host: str
    """The name or address by which they reach it."""
    port: int
    files: str
    """The folder of its own files: its programs and what they read."""
    state: str
    """The folder of its data, kept when the lab stops."""
    run: str
    """The folder of its filled files, with secrets."""


@dataclass(frozen=True)
class Folders:
    """The folders that the components of one lab share."""

    environment: str
    """The locked environment."""
    layer: str
    """The lab's own thin layer, whose `bin/python` is the lab's interpreter."""
    work: str
    """The learner's workspace."""
    home: str
    """HOME of everything in the lab."""
    tmp: str
    """Where passing files go."""


@dataclass(frozen=True)
class Values:
    """One lab, as its own processes see it."""

    lab: LabSpec
    components: Mapping[str, Component]
    """In the order in which the lab names them."""
    places: Mapping[str, Place]
    folders: Folders
    listen: str
    """The address on which components listen: loopback, or every address of a container."""
    door_url: str
    """Scheme and host, and port where it is not the usual one, under which the browser sees the lab."""
    path: str
    """Where programs are looked for, behind the thin layer's own."""
    program: Callable[[str], str]
    """The path of a program that a recipe needs; raises ProgramMissing."""
    inherited: Mapping[str, str]
    """Variables of the machine that labs need too: language, certificates."""
