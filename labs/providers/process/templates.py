"""State files that are costly to make (a migrated database): made once per lab environment and copied."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path
from string import Template

from labs.components.model import Component, StateTemplate
from labs.errors import EnvironmentMissing
from labs.providers.machine.locks import must_hold
from labs.providers.process.thin import Locked

MAKE_SECONDS = 120


def copy_into(component: Component, locked: Locked, state: Path) -> None:
    """Give a new lab its copy; a state file that exists is never touched."""
    template = component.recipe.template
    made = None if template is None or (state / template.file).exists() else make(component, locked)
    if template is None or made is None:
        return
    half = state / f".{uuid.uuid4().hex}.half"
    shutil.copyfile(made, half)
    half.rename(state / template.file)


def make(component: Component, locked: Locked) -> Path | None:
    """Make the template unless it is there already; None when the component has none."""
    template = component.recipe.template
    if template is None:
        return None
    digest = hashlib.sha256(template.model_dump_json().encode()).hexdigest()[:12]
    made = locked.folder.with_name(f"{locked.folder.name}.templates") / f"{component.name}-{digest}-{template.file}"
    if not made.exists():
        with must_hold(made.with_name(f".{made.name}.lock"), wait_seconds=MAKE_SECONDS):
            if not made.exists():
                _run(template, locked, made)
    return made


def _run(template: StateTemplate, locked: Locked, made: Path) -> None:
    half = made.with_name(f".{uuid.uuid4().hex}.half")
    values = {"locked_python": str(locked.python), "out": str(half)}
    argv = [Template(part).substitute(values) for part in template.run]
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"} | template.environment
        ran = subprocess.run(argv, cwd=home, env=environment, capture_output=True, timeout=MAKE_SECONDS, check=False)
    if ran.returncode != 0 or not half.exists():
        raise EnvironmentMissing(f"making {made.name} failed: {ran.stderr[-400:].decode(errors='replace')}")
    half.rename(made)
