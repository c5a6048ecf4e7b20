"""Names and labels of everything that the Docker provider makes. Pure; a name is found again from the order alone."""

from __future__ import annotations

from collections.abc import Mapping

from labs.spec import LabSpec

INSTALLATION = "academy.installation"
LAB, LAB_ID, GENERATION = "academy.lab", "academy.lab-id", "academy.generation"
ROLE, COMPONENT, DIGEST = "academy.role", "academy.component", "academy.digest"
# What the door needs to know of a component's container.
HOST, KEY, ADDRESS, PORT = "academy.host", "academy.key", "academy.address", "academy.port"
KEEPER = "keeper"
EGRESS = "academy.egress"
"""On the network of a lab whose file declares egress."""


def of(installation: str, *parts: str) -> str:
    """Name something of this installation."""
    return ".".join((f"academy-{installation}", *parts))


def container(lab: LabSpec, part: str) -> str:
    """Name a container of a lab."""
    return of(lab.installation, lab.name, part)


def network(lab: LabSpec) -> str:
    """Name the lab's network."""
    return of(lab.installation, lab.name)


def disk(lab: LabSpec, generation: int | None = None) -> str:
    """Name the volume with all that is kept of a lab: a reset gets another one."""
    return of(lab.installation, lab.name, f"g{generation or lab.generation}")


def labels(lab: LabSpec, role: str, **more: str) -> dict[str, str]:
    """Say whose something is."""
    return {
        INSTALLATION: lab.installation,
        LAB: lab.name,
        LAB_ID: str(lab.lab_id),
        GENERATION: str(lab.generation),
        ROLE: role,
    } | more


def of_lab(lab: LabSpec) -> list[str]:
    """The filter that finds all that is this lab's, of any generation."""
    return [f"{INSTALLATION}={lab.installation}", f"{LAB}={lab.name}"]


def generation(given: Mapping[str, str]) -> int:
    """Read the generation off labels; 0 when somebody else wrote them."""
    text = given.get(GENERATION, "")
    return int(text) if text.isascii() and text.isdigit() else 0
