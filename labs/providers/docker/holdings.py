"""What an engine holds of labs: containers, networks, disks, and our own notes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from docker.errors import NotFound

from labs.errors import LabSuperseded
from labs.ports import Owned
from labs.providers.docker import containers, names, network, record
from labs.providers.docker.api import Client
from labs.providers.docker.record import LabRecord
from labs.spec import LabSpec


def owned(client: Client, installation: str, folder: Path) -> Sequence[Owned]:
    """List every lab of this installation of which anything is left; a note alone counts, as it goes last."""
    found: dict[str, Owned] = {}
    for one in (*_noted(folder), *_labelled(client, installation)):
        before = found.get(one.name)
        if before is not None:
            generation = max(one.generation or 0, before.generation or 0) or None
            lab_id = one.lab_id or before.lab_id
            one = Owned(name=one.name, lab_id=lab_id, generation=generation, running=one.running or before.running)
        found[one.name] = one
    return [found[name] for name in sorted(found)]


def generations(client: Client, lab: LabSpec, now: LabRecord | None) -> list[int]:
    """The generations of all that there is of a lab; raises when one is newer than the order."""
    marks = {"label": names.of_lab(lab)}
    there = [
        *(names.generation(one["Labels"]) for one in containers.summaries(client, names.of_lab(lab)).values()),
        *(names.generation(one.attrs["Labels"] or {}) for one in client.networks.list(filters=marks)),
        *(names.generation(one.attrs["Labels"] or {}) for one in client.volumes.list(filters=marks)),
        *([now.generation] if now else []),
    ]
    if (newest := max(there, default=0)) > lab.generation:
        raise LabSuperseded(f"{lab.name} is at generation {newest}; the order was for {lab.generation}")
    return there


def end(client: Client, lab: LabSpec) -> None:
    """End all containers of the lab, the one that holds its disk last, and remove its network."""
    known = containers.summaries(client, names.of_lab(lab))
    containers.remove_all(client, list(known), last=names.container(lab, names.KEEPER))
    network.remove(client, lab)


def has_disk(client: Client, lab: LabSpec) -> bool:
    """Say whether the lab's work is kept."""
    try:
        client.volumes.get(names.disk(lab))
    except NotFound:
        return False
    return True


def _noted(folder: Path) -> Iterator[Owned]:
    for path in folder.glob("lab-*.json"):
        if noted := record.load(path):
            yield Owned(name=path.stem, lab_id=noted.lab_id, generation=noted.generation, running=False)


def _labelled(client: Client, installation: str) -> Iterator[Owned]:
    label = f"{names.INSTALLATION}={installation}"
    for one in containers.summaries(client, [label]).values():
        yield from _named(one["Labels"], running=one["State"] == "running")
    for kind in (client.networks, client.volumes):
        for one in kind.list(filters={"label": label}):
            yield from _named(one.attrs["Labels"] or {}, running=False)


def _named(labels: Mapping[str, str], *, running: bool) -> Iterator[Owned]:
    id_text = labels.get(names.LAB_ID, "")
    if name := labels.get(names.LAB):
        lab_id = int(id_text) if id_text.isdigit() else None
        yield Owned(name=name, lab_id=lab_id, generation=names.generation(labels) or None, running=running)
