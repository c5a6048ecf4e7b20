"""Names of labs: pure functions, same input, same name.

Guarantees of `lab_name`: a DNS label of at most 40 characters, lower case, starts with a letter, ends with a letter or
digit, and two different lab ids never share a name.
"""

from __future__ import annotations

import re

DOMAIN = "academy.localhost"
MARK = "ACADEMY_LAB"
"""The variable that every process of a lab carries, with `ownership` as its value."""
_USUAL = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")


def lab_name(lab_id: int, salt: str = "") -> str:
    """Name the lab of this row; ids are positive, so names are unique within an installation.

    A salt tells it from a lab of the same number that a database held before it was restored.
    """
    if not 0 < lab_id < 10**20:
        raise ValueError(f"a lab id is a positive number, not {lab_id}")
    return f"lab-{lab_id}-{salt}" if salt else f"lab-{lab_id}"


def is_lab_name(name: str) -> bool:
    """Say whether a name is safe as a folder, a host label and a Kubernetes name."""
    return _LABEL.fullmatch(name) is not None


def host_name(name: str, domain: str = DOMAIN) -> str:
    """Give the host name under which a browser sees this lab; browsers resolve *.localhost to loopback."""
    if not is_lab_name(name):
        raise ValueError(f"not a lab name: {name!r}")
    return f"{name}.{domain}"


def origin(scheme: str, host: str, port: int | None) -> str:
    """Give the address as a browser writes it: without the port that is the scheme's own."""
    return f"{scheme}://{host}" if port in (None, _USUAL.get(scheme)) else f"{scheme}://{host}:{port}"


def may_be_one_site(one: str, other: str) -> bool:
    """Say whether browsers may take two host names for one site; where this says no, they surely do not."""
    return one.split(".")[-2:] == other.split(".")[-2:]


def ownership(installation: str, name: str) -> str:
    """Give the mark that every process of this lab carries, so that it can be found again."""
    return f"{installation}/{name}"
