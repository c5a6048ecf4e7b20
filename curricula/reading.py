"""Read every file of a content folder, each on its own; what they say about each other is for `checks`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from curricula.schema import LessonActivity, Module, Pathway, Quiz, QuizActivity
from schema import Problems, Sourced, read_source
from schema.markdown import images
from schema.yaml_source import read_text


@dataclass(frozen=True)
class LessonFile:
    """The text of a lesson, and of the diagrams beside it that it shows."""

    path: Path
    text: str
    diagrams: dict[str, str]


@dataclass
class ModuleFiles:
    """A module with the files that its activities name, by the position of the activity."""

    module: Sourced[Module]
    lessons: dict[int, LessonFile] = field(default_factory=dict)
    quizzes: dict[int, Sourced[Quiz]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The module's folder."""
        return self.module.path.parent


@dataclass
class ContentFiles:
    """All that could be read."""

    root: Path
    pathways: dict[str, Sourced[Pathway]]
    modules: dict[str, ModuleFiles]
    module_folders: frozenset[str]


def read_files(root: Path, problems: Problems) -> ContentFiles:
    """Read all pathways and modules under `root`; what cannot be read is noted and left out."""
    pathways = {}
    for folder in _folders(root / "pathways"):
        given = {"slug": folder.name}
        if pathway := read_source(folder / "pathway.yaml", Pathway, problems, given=given):
            pathways[folder.name] = pathway
    modules = {}
    for folder in _folders(root / "modules"):
        if files := _read_module(folder, problems):
            modules[folder.name] = files
    return ContentFiles(root, pathways, modules, frozenset(f.name for f in _folders(root / "modules")))


def content_digest(root: Path) -> str:
    """The SHA-256 of all content files, their names included."""
    digest = sha256()
    for path in sorted(_files(root / "pathways")) + sorted(_files(root / "modules")):
        name, data = path.relative_to(root).as_posix().encode(), path.read_bytes()
        digest.update(b"%d %d %s " % (len(name), len(data), name) + data)
    return digest.hexdigest()


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if path.is_dir() and path.name[0] not in "._")


def _files(folder: Path) -> Iterator[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return (path for path in found if not any(part[0] in "._" for part in path.relative_to(folder).parts))


def _read_module(folder: Path, problems: Problems) -> ModuleFiles | None:
    module = read_source(folder / "module.yaml", Module, problems, given={"slug": folder.name})
    if module is None:
        return None
    files = ModuleFiles(module)
    for index, activity in enumerate(module.value.activities):
        if not isinstance(activity, LessonActivity | QuizActivity):
            continue
        path, line = folder / activity.file, module.line("activities", index, "file")
        if not path.is_file():
            mend = f"Write {folder.name}/{activity.file}, or correct the name."
            problems.add(module.path, line, f"the file '{activity.file}' does not exist", mend)
        elif isinstance(activity, QuizActivity):
            if quiz := read_source(path, Quiz, problems):
                files.quizzes[index] = quiz
        elif (text := read_text(path, problems)) is not None:
            files.lessons[index] = LessonFile(path, text, _read_diagrams(folder, text, problems))
    return files


def _read_diagrams(folder: Path, text: str, problems: Problems) -> dict[str, str]:
    sources = {image.source for image in images(text)}
    paths = {source: folder / source for source in sources if "/" not in source and source.endswith(".svg")}
    found = {source: read_text(path, problems) for source, path in sorted(paths.items()) if path.is_file()}
    return {source: svg for source, svg in found.items() if svg is not None}
