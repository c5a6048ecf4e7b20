"""Who runs under which name: stored by boot, pid and start time, since a pid alone is soon somebody else's."""

import json
from pathlib import Path

import psutil
from pydantic import TypeAdapter, ValidationError

from labs.providers.machine.processes import Identity, is_alive

_STORED = TypeAdapter(dict[str, Identity])


def living(identity: Identity) -> psutil.Process | None:
    """The living process of this identity; None when it ended, even if its pid was given away again."""
    try:
        return psutil.Process(identity.pid) if is_alive(identity) else None
    except psutil.NoSuchProcess:
        return None


def write_identities(path: Path, identities: dict[str, Identity]) -> None:
    """Store who runs under which name; the file is whole or the old one."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps({name: identity.model_dump() for name, identity in identities.items()}, indent=1))
    temporary.replace(path)


def read_identities(path: Path) -> dict[str, Identity]:
    """What was stored; nothing when the file is absent or broken."""
    try:
        return _STORED.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}
