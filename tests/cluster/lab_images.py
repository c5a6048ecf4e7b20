"""The images that labs run, in the cluster: by component, each named by its digest."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from tests.cluster.equipment.images import REFERENCES, bring, by_digest
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.places import EquipmentError
from tests.cluster.equipment.programs import run
from tests.factories.docker_images import images


def lab_images(machine: Machine) -> Mapping[str, str]:
    """Bring what is missing, in one archive: their layers are mostly the same."""
    wanted = dict(images())
    missing = [reference for reference in wanted.values() if _digest(machine, reference) is None]
    if missing:
        archive = machine.places.folder("incoming") / "labs.tar"
        try:
            run(["docker", "save", "--output", archive, *missing], seconds=600)
            bring(machine, archive)
        finally:
            archive.unlink(missing_ok=True)
    return {name: by_digest(machine, reference) for name, reference in wanted.items()}


def resolver_image(machine: Machine) -> str:
    return by_digest(machine, REFERENCES["coredns"])


def pause_image(machine: Machine) -> str:
    return by_digest(machine, REFERENCES["pause"])


def _digest(machine: Machine, reference: str) -> str | None:
    with contextlib.suppress(EquipmentError):
        return by_digest(machine, reference)
    return None
