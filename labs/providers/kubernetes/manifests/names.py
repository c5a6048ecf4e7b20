"""Names, labels and digests of a lab's objects. A name says nothing that a person typed.

Guarantees: two labs, two installations and two generations never share a namespace; the namespace's name follows from
its labels, so that forged labels are told from ours.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from labs.spec import LabSpec

Manifest = dict[str, Any]

PREFIX = "mlops-academy/"
INSTALLATION = f"{PREFIX}installation"
LAB = f"{PREFIX}lab"
LAB_ID = f"{PREFIX}lab-id"
GENERATION = f"{PREFIX}generation"
COMPONENT = f"{PREFIX}component"
DIGEST = f"{PREFIX}digest"
WAY_IN = f"{PREFIX}way-in"
WRITTEN_INSTALLATION = f"{PREFIX}installation-name"
_NAMESPACE = re.compile(r"lab-[0-9a-f]{16}")


def installation_label(installation: str) -> str:
    """An installation's name may be longer than a label's value and end in a dot; this is neither."""
    return hashlib.sha256(installation.encode()).hexdigest()[:16]


def namespace_name(lab: LabSpec) -> str:
    """Name the namespace of this lab and generation."""
    return namespace_of(installation_label(lab.installation), lab.name, lab.generation)


def namespace_of(installation: str, name: str, generation: int) -> str:
    """The same from what its labels say."""
    return "lab-" + hashlib.sha256(f"{installation}/{name}/{generation}".encode()).hexdigest()[:16]


def is_namespace_name(name: str) -> bool:
    """Say whether a namespace could be a lab's; the admission policies say the same in their own words."""
    return _NAMESPACE.fullmatch(name) is not None


def labels(lab: LabSpec, component: str | None = None) -> dict[str, str]:
    """What every object of a lab carries."""
    common = {
        INSTALLATION: installation_label(lab.installation),
        LAB: lab.name,
        LAB_ID: str(lab.lab_id),
        GENERATION: str(lab.generation),
    }
    return common | ({COMPONENT: component} if component else {})


def selector(lab: LabSpec) -> str:
    """Select what belongs to this lab, whatever its generation."""
    return f"{INSTALLATION}={installation_label(lab.installation)},{LAB}={lab.name}"


def digest(value: object) -> str:
    """Tell two contents apart, wherever and whenever they are compared."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def named(
    lab: LabSpec,
    api_version: str,
    kind: str,
    name: str,
    content: Mapping[str, Any],
    *,
    component: str | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Manifest:
    """An object of the lab's namespace with its labels and the digest of what it asks for."""
    marks = dict(annotations or {}) | {DIGEST: digest([api_version, kind, labels(lab, component), content])}
    metadata = {
        "name": name,
        "namespace": namespace_name(lab),
        "labels": labels(lab, component),
        "annotations": marks,
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}
