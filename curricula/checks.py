"""What content files must hold true together; each check notes problems and never stops at the first."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from curricula.diagram_checks import check_diagram
from curricula.lesson_checks import check_floors, check_lesson
from curricula.pathway_checks import check_cycles, check_pathway
from curricula.quiz_checks import check_quiz
from curricula.reading import ContentFiles, ModuleFiles
from curricula.schema import Module, Status
from schema import Problems
from schema.markdown import images

# Notes of authors may lie in a module's folder; whatever else nobody names is a mistake.
_NOTES = {"README.md", "design.md"}


def check(files: ContentFiles, problems: Problems) -> None:
    """Note every problem between and within the files."""
    _check_something_is_there(files, problems)
    _check_unique_uuids(files, problems)
    _check_prerequisites_exist(files, problems)
    check_cycles({slug: module.module for slug, module in files.modules.items()}, problems)
    for pathway in files.pathways.values():
        check_pathway(pathway, files, problems)
    for module in files.modules.values():
        _check_module(module, problems)


def _check_something_is_there(files: ContentFiles, problems: Problems) -> None:
    if not files.module_folders:
        problems.add(files.root, 1, "there is no module", "Add a folder modules/<slug>/ with a module.yaml.")


def _uuids(files: ContentFiles) -> Iterator[tuple[UUID, Path, int]]:
    for pathway in files.pathways.values():
        yield pathway.value.uuid, pathway.path, pathway.line("uuid")
    for module in (found.module for found in files.modules.values()):
        yield module.value.uuid, module.path, module.line("uuid")
        for index, activity in enumerate(module.value.activities):
            yield activity.uuid, module.path, module.line("activities", index, "uuid")


def _check_unique_uuids(files: ContentFiles, problems: Problems) -> None:
    first: dict[UUID, tuple[Path, int]] = {}
    for uuid, path, line in _uuids(files):
        if uuid in first:
            where = "{0.parent.name}/{0.name}:{1}".format(*first[uuid])
            mend = "Give the newer one a fresh uuid: python3 -c 'import uuid; print(uuid.uuid4())'"
            problems.add(path, line, f"the uuid {uuid} is used already in {where}", mend)
        first.setdefault(uuid, (path, line))


def _check_prerequisites_exist(files: ContentFiles, problems: Problems) -> None:
    for module in (found.module for found in files.modules.values()):
        for index, slug in enumerate(module.value.prerequisites):
            if slug not in files.module_folders:
                line = module.line("prerequisites", index)
                mend = "Correct the slug, or remove it."
                problems.add(module.path, line, f"the prerequisite '{slug}' is no module", mend)


def _check_module(files: ModuleFiles, problems: Problems) -> None:
    module: Module = files.module.value
    active = module.status is Status.ACTIVE
    for lesson in files.lessons.values():
        check_lesson(lesson, problems)
        for name, svg in lesson.diagrams.items():
            check_diagram(files.folder / name, svg, problems)
        if active:
            check_floors(lesson, problems)
    for quiz in files.quizzes.values():
        check_quiz(quiz, problems, active=active)
    _check_strays(files, problems)


def _check_strays(files: ModuleFiles, problems: Problems) -> None:
    named = {"module.yaml", *_NOTES}
    named |= {getattr(activity, "file", "") for activity in files.module.value.activities}
    named |= {image.source for lesson in files.lessons.values() for image in images(lesson.text)}
    for path in sorted(files.folder.iterdir()):
        if path.name not in named and path.name[0] not in "._":
            problems.add(path, 1, "nothing in this module refers to this file", "Refer to it, or remove it.")
