"""The ways through a lab that its author wrote down: untouched, the solution, and wrong ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labs.catalogue.model import Lab, WrongFile
from schema import Problems, read_yaml

SUFFIXES = (".py", ".sh")


@dataclass(frozen=True)
class Variant:
    """Scripts by step, and the steps that must fail after all of them ran."""

    name: str
    scripts: dict[str, Path]
    fails: frozenset[str]


def script(folder: Path, step_id: str) -> Path | None:
    """Find the script of a step in a folder."""
    return next((path for suffix in SUFFIXES if (path := folder / f"{step_id}{suffix}").is_file()), None)


def command(path: Path) -> list[str]:
    """Give the command that runs a script in a lab; the script's text goes along, as labs do not see our files."""
    text = path.read_text()
    return ["python", "-c", text] if path.suffix == ".py" else ["bash", "-euo", "pipefail", "-c", text]


def untouched(lab: Lab) -> Variant:
    """Nothing was done: every step fails."""
    return Variant("untouched", {}, frozenset(step.id for step in lab.steps))


def solution(lab: Lab) -> Variant:
    """All was done right: no step fails."""
    return Variant("solution", _scripts(lab, None), frozenset())


def wrongs(lab: Lab) -> list[Variant]:
    """The believable mistakes, in the order of their names."""
    found = []
    for path in sorted((lab.folder / "wrong").glob("*/wrong.yaml")):
        problems = Problems()
        wrong = read_yaml(path, WrongFile, problems)
        if wrong is None:
            raise ValueError(str(problems))
        found.append(Variant(f"wrong/{path.parent.name}", _scripts(lab, path.parent), frozenset(wrong.fails)))
    return found


def variants(lab: Lab) -> list[Variant]:
    """Every way through this lab."""
    return [untouched(lab), solution(lab), *wrongs(lab)]


def _scripts(lab: Lab, instead: Path | None) -> dict[str, Path]:
    found = {}
    for step in lab.steps:
        path = (script(instead, step.id) if instead else None) or script(lab.folder / "solution", step.id)
        if path:
            found[step.id] = path
    return found
