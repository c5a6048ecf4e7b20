"""All content as one immutable object with the look-ups that pages and services need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

from curricula.schema import Activity, Module, Pathway, Quiz, Status

T = TypeVar("T")


class NotInCurriculum(LookupError):
    """No such pathway, module or activity."""


@dataclass(frozen=True)
class Lesson:
    """The Markdown of a lesson, and the SVG text of its diagrams by file name."""

    text: str
    diagrams: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Curriculum:
    """Everything that is taught; `digest` is the SHA-256 of the files it was read from."""

    pathways: tuple[Pathway, ...]
    modules: tuple[Module, ...]
    quizzes: Mapping[UUID, Quiz]
    lessons: Mapping[UUID, Lesson]
    digest: str

    @property
    def active_pathways(self) -> tuple[Pathway, ...]:
        """The pathways that are offered to learners."""
        return tuple(pathway for pathway in self.pathways if pathway.status is Status.ACTIVE)

    def pathway(self, key: str | UUID) -> Pathway:
        """The pathway with this slug or uuid."""
        return _found(self._pathways, key, "pathway")

    def module(self, key: str | UUID) -> Module:
        """The module with this slug or uuid."""
        return _found(self._modules, key, "module")

    def modules_of(self, pathway: Pathway) -> tuple[Module, ...]:
        """The modules of a pathway, in order."""
        return tuple(self.module(slug) for slug in pathway.modules)

    def pathways_of(self, module: Module) -> tuple[Pathway, ...]:
        """The pathways that hold this module."""
        return tuple(pathway for pathway in self.pathways if module.slug in pathway.modules)

    def activity(self, uuid: str | UUID) -> tuple[Module, Activity]:
        """The activity with this uuid, and the module that holds it."""
        return _found(self._activities, uuid, "activity")

    def quiz(self, uuid: str | UUID) -> Quiz:
        """The quiz of a quiz activity."""
        return _found(self._quizzes, uuid, "quiz")

    def lesson(self, uuid: str | UUID) -> Lesson:
        """The text and diagrams of a lesson activity."""
        return _found(self._lessons, uuid, "lesson")

    @cached_property
    def _pathways(self) -> Mapping[str, Pathway]:
        return {key: pathway for pathway in self.pathways for key in (pathway.slug, str(pathway.uuid))}

    @cached_property
    def _modules(self) -> Mapping[str, Module]:
        return {key: module for module in self.modules for key in (module.slug, str(module.uuid))}

    @cached_property
    def _activities(self) -> Mapping[str, tuple[Module, Activity]]:
        return {str(activity.uuid): (module, activity) for module in self.modules for activity in module.activities}

    @cached_property
    def _quizzes(self) -> Mapping[str, Quiz]:
        return {str(uuid): quiz for uuid, quiz in self.quizzes.items()}

    @cached_property
    def _lessons(self) -> Mapping[str, Lesson]:
        return {str(uuid): lesson for uuid, lesson in self.lessons.items()}


def _found(known: Mapping[str, T], key: str | UUID, what: str) -> T:
    try:
        return known[str(key)]
    except KeyError:
        raise NotInCurriculum(f"There is no {what} {key} in the curriculum.") from None
