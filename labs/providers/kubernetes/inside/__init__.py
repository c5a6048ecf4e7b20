"""The texts of the programs in this folder; none of them is imported here, they run inside a lab."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from labs.providers.containers import spare

PYTHON = "/opt/lab/bin/python"
_BEFORE = {"prepare": spare.program("/lab")}


@cache
def argv(program: str) -> tuple[str, ...]:
    """How a lab's pod runs one of these programs; its arguments follow."""
    text = _BEFORE.get(program, "") + (Path(__file__).parent / f"{program}.py").read_text()
    return (PYTHON, "-I", "-S", "-c", text)
