"""The base of everything that an author writes in YAML."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Slug = Annotated[str, Field(pattern=SLUG_PATTERN, max_length=80)]
Text = Annotated[str, Field(min_length=1)]


class Content(BaseModel):
    """A frozen object read from a file; a key that it does not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
