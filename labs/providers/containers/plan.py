"""One lab as a set of containers. Pure: the same order gives the same plan, and nothing is looked up.

Docker turns a plan into calls, Kubernetes into manifests. Every container runs as `places.UID` with a read-only
root, without capabilities; what it may write are its mounts. Images start `/opt/base/init.py`, which first does what
`LAB_PREPARE` says (folders, first files, copies) and then runs `argv` and looks after its children.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from labs import recipes
from labs.components.model import Component
from labs.providers.containers.places import COMPONENTS, HOME, LAYER, RUN, STATE, TMP, WORK, inside
from labs.recipe_values import Values
from labs.spec import LabSpec

Volume = Literal["work", "state", "run", "home", "tmp"]

LEAST_MEMORY_MB = 96
TOOLS = "tools"
"""The name of the image that every component's image stands on, and of the container in which commands run."""


@dataclass(frozen=True)
class Mount:
    """A volume in a container. `work` and `home` are shared by the lab; the others are the container's own."""

    volume: Volume
    path: str
    read_only: bool = False


@dataclass(frozen=True)
class ContainerPlan:
    """One container. `environment` and `files` (contents by name, beneath `/lab/run`) may hold secrets."""

    name: str
    image: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    files: Mapping[str, str]
    mounts: tuple[Mount, ...]
    port: int
    ready: str
    credential: Literal["none", "basic", "token"]
    memory_mb: int
    cpus: float
    processes: int
    metrics: str | None = None

    @property
    def digest(self) -> str:
        """Tells plans apart: a container that carries another digest is not this plan's."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Preparation:
    """What a container does before its component starts; doing it again changes nothing.

    `files` and `copies` (a file or folder by its destination) never replace what is there; `waits` are paths that
    another container makes.
    """

    folders: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    waits: tuple[str, ...] = ()

    @property
    def json(self) -> str:
        """As `/opt/base/init.py` takes it."""
        return json.dumps(asdict(self), sort_keys=True)


def plan(
    lab: LabSpec,
    components: Mapping[str, Component],
    images: Mapping[str, str],
    *,
    address: Callable[[str], str],
    door: str | None = None,
) -> tuple[ContainerPlan, ...]:
    """Plan the lab's containers, in the order's order.

    `address` gives the host name by which containers of the lab find a component; `door` is the origin under which the
    browser sees the lab, its host name alone by default.
    """
    chosen = {name: components[name] for name in lab.components}
    values = inside(lab, chosen, address, door or _plain(lab))
    return tuple(_container(values, chosen[name], images[name]) for name in lab.components)


def tools(
    lab: LabSpec, components: Mapping[str, Component], image: str, *, address: Callable[[str], str]
) -> ContainerPlan:
    """Plan the container in which a command runs: the workspace's files and environment, and no service.

    It is the first to write into a new lab: folders, the home's first files and the thin layer come with it.
    """
    chosen = {name: components[name] for name in lab.components}
    values = inside(lab, chosen, address, _plain(lab))
    prepared = _shared_preparation(values).json
    return ContainerPlan(
        name=TOOLS, image=image, argv=("sleep", "infinity"),
        environment=recipes.variables(values) | {"LAB_PREPARE": prepared}, files={},
        mounts=(Mount("work", WORK), Mount("home", HOME), Mount("tmp", TMP)), port=0, ready="", credential="none",
        memory_mb=_memory(lab, chosen, max(one.share for one in chosen.values())), cpus=lab.limits.cpus,
        processes=lab.limits.processes,
    )  # fmt: skip


def _plain(lab: LabSpec) -> str:
    return f"http://{lab.host}"


def _container(values: Values, component: Component, image: str) -> ContainerPlan:
    lab, recipe = values.lab, component.recipe
    filled = recipes.fill(component, values)
    mounts = _mounts(component)
    environment = dict(filled.environment) | {"LAB_PREPARE": _preparation(values, component).json}
    if "home" not in (*recipe.reads, *recipe.writes):
        environment["HOME"] = TMP
    return ContainerPlan(
        name=component.name, image=image, argv=filled.argv, environment=environment, files=dict(filled.files),
        mounts=mounts, port=component.port, ready=component.ready, credential=component.credential,
        memory_mb=_memory(lab, values.components, component.share), cpus=lab.limits.cpus,
        processes=lab.limits.processes, metrics=component.metrics,
    )  # fmt: skip


def _mounts(component: Component) -> tuple[Mount, ...]:
    recipe = component.recipe
    paths: dict[Volume, str] = {"work": WORK, "home": HOME, "state": STATE}
    shared = [
        Mount(volume, path, read_only=volume not in recipe.writes)
        for volume, path in paths.items()
        if volume in (*recipe.reads, *recipe.writes)
    ]
    filled = [Mount("run", RUN)] if recipe.files else []
    return (*shared, *filled, Mount("tmp", TMP))


def _preparation(values: Values, component: Component) -> Preparation:
    recipe = component.recipe
    template = recipe.template
    copies = {f"{STATE}/{template.file}": f"{COMPONENTS}/{component.name}/{template.file}"} if template else {}
    if "home" in recipe.writes:
        shared = _shared_preparation(values)
        return Preparation(shared.folders, shared.files, {**shared.copies, **copies})
    waits = (*([LAYER] if "home" in recipe.reads else []), *(f"{WORK}/{folder}" for folder in recipe.folders))
    return Preparation(copies=copies, waits=waits)


def _shared_preparation(values: Values) -> Preparation:
    """What the lab's shared folders begin with, for all its components."""
    folders = [f"{WORK}/{folder}" for one in values.components.values() for folder in one.recipe.folders]
    files = {f"{HOME}/{name}": text for name, text in recipes.home_files(values).items()}
    return Preparation(tuple(folders), files, {LAYER: "/opt/layer"})


def _memory(lab: LabSpec, components: Mapping[str, Component], share: int) -> int:
    """Divide the lab's memory by weight: together the containers never have more than the lab may."""
    whole = sum(one.share for one in components.values())
    return max(LEAST_MEMORY_MB, lab.limits.memory_mb * share // whole)
