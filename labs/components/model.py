"""What a component is: how it is shown, how it says that it is ready, and the one recipe by which it runs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schema import Content
from schema.content import Text

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
FolderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")]
PagePath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9_./?#=&-]*$")]
VariableName = Annotated[str, Field(pattern=r"^_?[A-Z][A-Z0-9_]*$")]


TCP = "tcp"
"""What `ready` says of a component that takes connections and speaks no HTTP."""


class StateTemplate(Content):
    """A state file that is costly to make: made once per lab environment, then copied into each new lab."""

    file: FileName
    run: Annotated[tuple[Text, ...], Field(min_length=1)]
    environment: dict[VariableName, str] = Field(default_factory=dict)


class Recipe(Content):
    """How this component runs, wherever that is; `${name}` stands for a value of the lab, see labs/recipes.py."""

    needs: tuple[FileName, ...] = ()
    run: Annotated[tuple[Text, ...], Field(min_length=1)]
    environment: dict[VariableName, str] = Field(default_factory=dict)
    files: tuple[FileName, ...] = ()
    folders: tuple[FolderName, ...] = ()
    template: StateTemplate | None = None
    knows_token: bool = False
    reads: tuple[Literal["work", "home"], ...] = ()
    """Shared folders of the lab that its container sees."""
    writes: tuple[Literal["work", "home", "state"], ...] = ()
    """Those that it may change, and whether it has data of its own."""


class Component(Content):
    """One component of labs, as its component.yaml describes it."""

    name: str
    title: Text
    summary: Text
    ready: Annotated[str, Field(pattern=r"^(/.*|tcp)$")]
    """The path of a request that it answers with 200 when it is ready, or `tcp`: then it takes connections."""
    pages: tuple[PagePath, ...] = ()
    """Where its page for people may be, within the component; the first that answers is shown."""
    credential: Literal["none", "basic", "token"] = "none"
    metrics: Annotated[str, Field(pattern=r"^/")] | None = None
    proxied: bool = False
    door: bool = False
    port: Annotated[int, Field(ge=1024, le=65535)]
    """Where it listens in a container; a local process gets a free port."""
    share: Annotated[int, Field(ge=1, le=100)] = 10
    """Its weight when a lab's memory is divided among its containers."""
    environment: dict[VariableName, str] = Field(default_factory=dict)
    recipe: Recipe

    @property
    def speaks_http(self) -> bool:
        """Whether the judge and the workspace's proxy can ask it anything."""
        return self.ready != TCP

    @model_validator(mode="after")
    def _asked_only_what_it_speaks(self) -> Self:
        if not self.speaks_http and (self.pages or self.metrics or self.proxied or self.door):
            raise ValueError("what is ready by 'tcp' speaks no HTTP: no pages, metrics, proxied or door")
        return self
