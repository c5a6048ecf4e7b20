"""Runs the ways through one lab and shares what they have in common, so that the whole catalogue takes minutes.

Untouched and solution use the same started lab: the checks leave no trace, which is tried by this. While the solution
runs, the lab's work and state are kept before each step; a wrong variant begins, in a lab of its own, where it first
differs from the solution: it finds what a learner finds whose lab was stopped after the steps before.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from labs.attempt import Say, attempt, failing, order, start
from labs.catalogue.model import Lab
from labs.catalogue.variants import Variant, variants
from labs.places import academy_home, lab_environment
from labs.providers.process.provider import ProcessProvider
from labs.spec import LabSpec

KEPT = ("work", "state")


class LabRuns:
    """All ways through one lab; `close` leaves nothing behind."""

    def __init__(self, lab: Lab, root: Path) -> None:
        self.lab, self.root = lab, root
        self._ways = {way.name: way for way in variants(lab)}
        self._open: tuple[ProcessProvider, LabSpec] | None = None
        self._is_fresh = False

    def failed(self, name: str, *, say: Say) -> frozenset[str]:
        """Give the steps that fail on this way."""
        way = self._ways[name]
        if name == "untouched":
            return failing(attempt(*self._fresh(), self.lab, way, say=say))
        if name == "solution":
            provider, spec = self._fresh()
            self._is_fresh = False
            return failing(attempt(provider, spec, self.lab, way, say=say, before=self._keep))
        with self._branched(way) as (provider, spec, rest):
            return failing(attempt(provider, spec, self.lab, rest, say=say))

    def close(self) -> None:
        """End the shared lab."""
        if self._open:
            provider, spec = self._open
            provider.delete(spec)
        self._open = None

    def _keep(self, step_id: str) -> None:
        """Copy work and state before a step of the solution, if a wrong variant begins there."""
        index = [step.id for step in self.lab.steps].index(step_id)
        if self._open and index > 0 and any(self._begins(way) == index for way in self._ways.values()):
            provider, spec = self._open
            for part in KEPT:
                shutil.copytree(provider.root / spec.name / part, self._kept(index) / part, symlinks=True)
            (self._kept(index) / "state" / "lab.json").unlink()

    def _fresh(self) -> tuple[ProcessProvider, LabSpec]:
        if self._open is None or not self._is_fresh:
            self.close()
            self._open, self._is_fresh = self._ordered("shared"), True
            start(*self._open)
        return self._open

    def _ordered(self, name: str) -> tuple[ProcessProvider, LabSpec]:
        installation = f"content-{uuid4().hex}"
        provider = ProcessProvider(
            root=self.root / name,
            environment=lab_environment(),
            programs=academy_home() / "bin",
            installation=installation,
        )
        return provider, order(self.lab, lab_id=1, installation=installation)

    @contextmanager
    def _branched(self, way: Variant) -> Iterator[tuple[ProcessProvider, LabSpec, Variant]]:
        """Have a lab running for a wrong variant, with the solution's first steps done if they were kept."""
        provider, spec = self._ordered(way.name.replace("/", "-"))
        begins = self._begins(way)
        rest = way
        if self._kept(begins).is_dir():
            shutil.copytree(self._kept(begins), provider.root / spec.name, symlinks=True)
            done = {step.id for step in self.lab.steps[:begins]}
            rest = replace(way, scripts={key: path for key, path in way.scripts.items() if key not in done})
        try:
            start(provider, spec)
            yield provider, spec, rest
        finally:
            provider.delete(spec)

    def _begins(self, way: Variant) -> int:
        """Give the index of the first step whose script differs from the solution's."""
        right = self._ways["solution"].scripts
        own = (index for index, step in enumerate(self.lab.steps) if way.scripts.get(step.id) != right.get(step.id))
        return next(own, 0)

    def _kept(self, before: int) -> Path:
        return self.root / "kept" / str(before)
