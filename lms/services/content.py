"""The content that this process serves: read once at start, immutable, the same for everybody."""

import dataclasses

from labs.catalogue.loader import Catalogue

from curricula.loader import Curriculum
from labs.projects.loader import Projects


@dataclasses.dataclass(frozen=True)
class Content:
    curriculum: Curriculum
    labs: Catalogue
    projects: Projects


_current: Content | None = None


def install(content: Content) -> None:
    """Composition roots put the content in place before anything asks for it."""
    global _current
    _current = content


def current() -> Content:
    if _current is None:
        raise RuntimeError("no content was installed: the composition root calls lms.content.load() at start")
    return _current
