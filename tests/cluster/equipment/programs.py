"""Runs a program to its end; a failure is an error with its last lines."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.cluster.equipment.places import EquipmentError


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    seconds: float = 1800,
    may_fail: bool = False,
) -> str:
    """What it printed, both streams. `env` is added to this process's."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
    )
    if done.returncode and not may_fail:
        tail = "\n".join(f"    | {line}" for line in done.stdout.strip().splitlines()[-20:])
        raise EquipmentError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{tail}")
    return done.stdout
