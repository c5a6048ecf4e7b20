"""The formats of pathway.yaml, module.yaml and quiz.yaml."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import UUID4, Field, PositiveInt

from schema import Content, Slug, Text

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Percent = Annotated[int, Field(ge=0, le=100)]


class Status(StrEnum):
    """Where content is in its life: it is retired, never deleted."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class Stage(Content):
    """A part of a pathway, such as a day or a week."""

    title: Text = Field(description="The stage's name, as `Day 1: ...`.")
    summary: Text = Field(description="What a learner has at its end, in one or two sentences.")
    modules: tuple[Slug, ...] = Field(min_length=1, description="Slugs of modules, in the order to take them.")


class Pathway(Content):
    """pathway.yaml: a way through modules to a goal."""

    slug: Slug = Field(description="The folder's name.")
    uuid: UUID4 = Field(description="A random UUID, unique over all content; never changed.")
    title: Text = Field(description="The name that learners see.")
    summary: Text = Field(description="What a person can do afterwards.")
    length: Text = Field(description="How long it takes, as `3 days`.")
    audience: Text = Field(description="For whom it is and what they know already.")
    status: Status = Field(description="Only active pathways are offered; they list active modules only.")
    stages: tuple[Stage, ...] = Field(min_length=1, description="Its parts, in order.")
    projects: tuple[Slug, ...] = Field(default=(), description="Slugs of portfolio projects (`labs/projects`).")

    @property
    def modules(self) -> tuple[str, ...]:
        """The slugs of all its modules, in order; `Curriculum.modules_of` gives the modules."""
        return tuple(slug for stage in self.stages for slug in stage.modules)


class _Activity(Content):
    uuid: UUID4 = Field(description="A random UUID, unique over all content; never changed.")
    title: Text = Field(description="The name that learners see.")
    minutes: PositiveInt = Field(description="Honest working time.")


class LessonActivity(_Activity):
    """Something to read."""

    kind: Literal["lesson"] = Field(description="Says which kind of activity this is.")
    file: FileName = Field(description="The Markdown file in the module's folder.")


class LabActivity(_Activity):
    """Something to do in a lab."""

    kind: Literal["lab"] = Field(description="Says which kind of activity this is.")
    lab: Slug = Field(description="Slug of the lab (`labs/catalogue`).")


class QuizActivity(_Activity):
    """Questions to answer."""

    kind: Literal["quiz"] = Field(description="Says which kind of activity this is.")
    file: FileName = Field(description="The quiz file in the module's folder.")
    pass_percent: Percent = Field(default=70, description="Share of the questions to get right.")


class ProjectActivity(_Activity):
    """A system to build, examined by how it behaves."""

    kind: Literal["project"] = Field(description="Says which kind of activity this is.")
    project: Slug = Field(description="Slug of the project (`labs/projects`).")


Activity = Annotated[LessonActivity | LabActivity | QuizActivity | ProjectActivity, Field(discriminator="kind")]


class Module(Content):
    """module.yaml: one topic, with its activities."""

    slug: Slug = Field(description="The folder's name.")
    uuid: UUID4 = Field(description="A random UUID, unique over all content; never changed.")
    title: Text = Field(description="The name that learners see.")
    summary: Text = Field(description="One sentence: what a person can do afterwards.")
    minutes: PositiveInt = Field(description="Honest working time of the whole module.")
    status: Status = Field(description="Drafts may be short of the floors; active modules may not.")
    outcomes: tuple[Text, ...] = Field(min_length=3, max_length=5, description="What is learned, each with a verb.")
    prerequisites: tuple[Slug, ...] = Field(default=(), description="Slugs of modules to take before.")
    activities: tuple[Activity, ...] = Field(min_length=1, description="What a learner does, in order.")


class Option(Content):
    """One answer to choose from."""

    text: Text = Field(description="The answer: one line of Markdown.")
    correct: bool = Field(description="Whether it is right.")
    why: Text = Field(description="Why it is right or wrong, shown after answering.")

    @property
    def key(self) -> str:
        """Known again wherever it stands; a new text is a new option."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


class Question(Content):
    """One question of a quiz."""

    id: Slug = Field(description="Unique in the quiz; never changed.")
    prompt: Text = Field(description="The question, in Markdown.")
    kind: Literal["single", "multiple"] = Field(description="One right option, or one and more.")
    options: tuple[Option, ...] = Field(min_length=2, description="What to choose from.")

    @property
    def correct(self) -> frozenset[int]:
        """The positions of the right options, counted from 0."""
        return frozenset(index for index, option in enumerate(self.options) if option.correct)

    def keys(self, positions: Iterable[int]) -> list[str]:
        """The keys of the options at these positions, sorted."""
        return sorted(self.options[position].key for position in positions)

    def positions(self, keys: Iterable[str]) -> frozenset[int]:
        """Where the options of these keys stand now; those that are gone are left out."""
        wanted = frozenset(keys)
        return frozenset(position for position, option in enumerate(self.options) if option.key in wanted)


class Quiz(Content):
    """quiz.yaml: the questions of one quiz."""

    questions: tuple[Question, ...] = Field(min_length=1, description="At least six in an active module.")
