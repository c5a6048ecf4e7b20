"""What a component is: how it is shown, how it says that it is ready, and how each kind of provider runs it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schema import Content
from schema.content import Text

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
FolderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")]
PagePath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9_./?#=&-]*$")]
VariableName = Annotated[str, Field(pattern=r"^_?[A-Z][A-Z0-9_]*$")]


class StateTemplate(Content):
    """A state file that is costly to make: made once per lab environment, then copied into each new lab."""

    file: FileName
    run: Annotated[tuple[Text, ...], Field(min_length=1)]
    environment: dict[VariableName, str] = Field(default_factory=dict)


class ProcessRecipe(Content):
    """How this component runs as a local process; `${name}` stands for a value of the lab."""

    needs: tuple[FileName, ...] = ()
    run: Annotated[tuple[Text, ...], Field(min_length=1)]
    environment: dict[VariableName, str] = Field(default_factory=dict)
    files: tuple[FileName, ...] = ()
    folders: tuple[FolderName, ...] = ()
    template: StateTemplate | None = None
    knows_token: bool = False


class Component(Content):
    """One component of labs, as its component.yaml describes it."""

    name: str
    title: Text
    summary: Text
    ready: Annotated[str, Field(pattern=r"^/")]
    pages: tuple[PagePath, ...] = ()
    """Where its page for people may be, within the component; the first that answers is shown."""
    credential: Literal["none", "basic", "token"] = "none"
    metrics: Annotated[str, Field(pattern=r"^/")] | None = None
    proxied: bool = False
    door: bool = False
    environment: dict[VariableName, str] = Field(default_factory=dict)
    process: ProcessRecipe
