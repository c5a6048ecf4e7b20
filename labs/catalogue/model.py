"""What a lab is: steps with instructions, hints and checks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import UUID4, Field

from labs.exams.probes.every import Check
from schema import Content
from schema.content import Slug, Text


class Lifetime(Content):
    """How long a started lab lives, and how often that can be extended."""

    minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 120
    extend_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 60
    extensions: Annotated[int, Field(ge=0, le=20)] = 3


class Step(Content):
    """One step: passed when every check passes."""

    id: Slug
    title: Text
    instructions: Text
    hints: tuple[Text, ...] = ()
    checks: Annotated[tuple[Check, ...], Field(min_length=1)]


class Lab(Content):
    """A lab as lab.yaml describes it; `slug` and `folder` come from where the file is."""

    slug: Slug
    folder: Path
    uuid: UUID4
    title: Text
    summary: Text
    minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    lifetime: Lifetime = Lifetime()
    components: Annotated[tuple[Slug, ...], Field(min_length=1)]
    open: str | None = None
    egress: bool = False
    """Whether the lab needs the internet: closed to it otherwise, where the provider has a network to close."""
    kubectl: bool = False
    """Whether the lab teaches kubectl: it then has rights in its own namespace, and needs labs on a cluster."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @property
    def starter(self) -> Path:
        """The files that a learner begins with."""
        return self.folder / "starter"

    def step(self, step_id: str) -> Step | None:
        """Give the step of this id, or None."""
        return next((step for step in self.steps if step.id == step_id), None)


class WrongFile(Content):
    """wrong.yaml: a believable mistake, and exactly the steps that it fails."""

    title: Text
    fails: Annotated[tuple[Slug, ...], Field(min_length=1)]
