"""The content that this process serves: read once at start, immutable, the same for everybody."""

import dataclasses
import uuid
from collections.abc import Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from curricula.curriculum import Curriculum
from labs.catalogue.model import Lab
from labs.projects.loader import Project


class _Named(Protocol):
    @property
    def slug(self) -> str: ...

    @property
    def uuid(self) -> uuid.UUID: ...


Item = TypeVar("Item", bound=_Named)


class Shelf(Generic[Item]):
    """Content of one kind, found by slug or uuid, in the order of the slugs."""

    def __init__(self, items: Mapping[str, Item]) -> None:
        self._items = dict(sorted(items.items()))
        self._by_uuid = {item.uuid: item for item in items.values()}

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: str | uuid.UUID) -> Item | None:
        return self._by_uuid.get(key) if isinstance(key, uuid.UUID) else self._items.get(key)

    def __getitem__(self, key: str | uuid.UUID) -> Item:
        found = self.get(key)
        if found is None:
            raise LookupError(f"no content is called {key}")
        return found


@dataclasses.dataclass(frozen=True)
class Content:
    curriculum: Curriculum
    labs: Shelf[Lab]
    projects: Shelf[Project]


_current: Content | None = None


def install(content: Content) -> None:
    """Composition roots put the content in place before anything asks for it."""
    global _current
    _current = content


def project_title(key: str | uuid.UUID) -> str:
    """The title of a project, also of one that is gone: what was handed in outlives it."""
    found = current().projects.get(key)
    return found.title if found else "A project that is not offered any more"


def current() -> Content:
    if _current is None:
        raise RuntimeError("no content was installed: the composition root calls lms.content.load() at start")
    return _current
