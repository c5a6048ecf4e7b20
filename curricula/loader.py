"""Content files into a `Curriculum`, or every error at once."""

from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from curricula.checks import check
from curricula.curriculum import Curriculum, Lesson
from curricula.reading import ContentFiles, content_digest, read_files
from schema import Problems

__all__ = ["PACKAGED", "ContentErrors", "Curriculum", "find_problems", "load"]

PACKAGED = Path(__file__).parent


class ContentErrors(Exception):
    """The content has errors; `problems` holds all of them."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(f"{len(problems)} errors in the content:\n{problems}")
        self.problems = problems


def load(root: Path = PACKAGED) -> Curriculum:
    """Read and check everything under `root`; raise `ContentErrors` with all problems when there are any.

    Unchanged files give the same object again without being parsed.
    """
    return _load(root.resolve(), content_digest(root))


def find_problems(root: Path = PACKAGED) -> Problems:
    """All problems of the content under `root`; empty when it can be loaded."""
    try:
        load(root)
    except ContentErrors as errors:
        return errors.problems
    return Problems()


@lru_cache(maxsize=4)
def _load(root: Path, digest: str) -> Curriculum:
    problems = Problems()
    files = read_files(root, problems)
    check(files, problems)
    if problems:
        raise ContentErrors(problems)
    return _curriculum(files, digest)


def _curriculum(files: ContentFiles, digest: str) -> Curriculum:
    lessons, quizzes = {}, {}
    for module in files.modules.values():
        activities = module.module.value.activities
        for index, lesson in module.lessons.items():
            lessons[activities[index].uuid] = Lesson(lesson.text, MappingProxyType(lesson.diagrams))
        for index, quiz in module.quizzes.items():
            quizzes[activities[index].uuid] = quiz.value
    return Curriculum(
        pathways=tuple(pathway.value for pathway in files.pathways.values()),
        modules=tuple(module.module.value for module in files.modules.values()),
        quizzes=MappingProxyType(quizzes),
        lessons=MappingProxyType(lessons),
        digest=digest,
    )
