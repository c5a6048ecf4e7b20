"""academy.yaml: how a learner declares services. Every mistake is told with its line."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from string import Template
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from labs.exams.errors import ManifestError
from schema import Content, Problems, read_yaml
from schema.yaml_source import YamlSource, parse_yaml, read_text

FILE_NAME = "academy.yaml"
MAX_BYTES = 64 * 1024


def _as_argv(value: object) -> object:
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        shown = "nothing" if value is None else repr(value)[:60]
        raise ValueError(f"{shown} is no command; write a line, such as 'python main.py', or a list of words")
    try:
        return shlex.split(value)
    except ValueError as error:
        raise ValueError(f"the command cannot be split into words ({error}); write it as a list") from error


def _is_inside(folder: str) -> bool:
    path = PurePosixPath(folder)
    return not path.is_absolute() and ".." not in path.parts


Word = Annotated[str, Field(min_length=1, max_length=2_000)]


class Service(Content):
    """One process of the learner's system."""

    command: Annotated[tuple[Word, ...], BeforeValidator(_as_argv), Field(min_length=1, max_length=60)]
    env: Annotated[dict[str, str], Field(default_factory=dict, max_length=40)]
    workdir: Annotated[str, Field(max_length=200)] = "."
    ready: Annotated[str, Field(max_length=200)] = "/health"

    @field_validator("env")
    @classmethod
    def _env_names_are_names(cls, env: dict[str, str]) -> dict[str, str]:
        for name in env:
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,80}", name):
                raise ValueError(f"{name!r} is no name for an environment variable")
            if name.startswith("LD_"):
                raise ValueError(f"{name} is not passed on; leave it out")
        return env

    @field_validator("workdir")
    @classmethod
    def _stays_inside(cls, workdir: str) -> str:
        if not _is_inside(workdir):
            raise ValueError("workdir is a folder of your project, such as 'router', without '..'")
        return workdir

    @field_validator("ready")
    @classmethod
    def _is_a_path(cls, ready: str) -> str:
        if not re.fullmatch(r"/[\x21-\x7e]*", ready):
            raise ValueError("ready is a path that starts with '/', such as /health")
        return ready

    def argv(self, env: Mapping[str, str]) -> list[str]:
        """The command with ${NAME} filled in from the service's environment."""
        return [Template(word).safe_substitute(env) for word in self.command]


class Manifest(Content):
    """academy.yaml as written."""

    project: str
    services: Annotated[dict[str, Service], Field(min_length=1, max_length=12)]


def read_manifest(folder: Path, *, project: str, services: tuple[str, ...] = ()) -> Manifest:
    """The manifest of a submission; a ManifestError lists all mistakes as 'academy.yaml:LINE: ...'."""
    path = folder / FILE_NAME
    if not path.is_file() or path.is_symlink():
        raise ManifestError(f"There is no {FILE_NAME} at the top of the submission. {_elsewhere(folder)}")
    if path.stat().st_size > MAX_BYTES:
        raise ManifestError(f"{FILE_NAME}:1: the file is larger than {MAX_BYTES // 1024} KiB. Keep it to the contract.")
    problems = Problems()
    manifest = read_yaml(path, Manifest, problems)
    text = read_text(path, problems)
    if text is not None and (written := parse_yaml(path, text, problems)):
        _check_project(written, project, problems)
        _check_services(written, services, problems)
    if manifest is None or problems:
        raise ManifestError(str(problems.relative_to(folder)))
    return manifest


def _check_project(written: YamlSource, project: str, problems: Problems) -> None:
    """What the schema cannot know; asked of what is written, so that it is told beside the schema's mistakes."""
    named = written.data.get("project") if isinstance(written.data, dict) else None
    if isinstance(named, str) and named != project:
        message = f"the project is '{named}', but this exam is for '{project}'"
        problems.add(written.path, written.line("project"), message, f"Write 'project: {project}'.")


def _check_services(written: YamlSource, wanted: tuple[str, ...], problems: Problems) -> None:
    services = written.data.get("services") if isinstance(written.data, dict) else None
    if not isinstance(services, dict):
        return
    if missing := [name for name in wanted if name not in services]:
        message = f"the services lack {', '.join(missing)}"
        problems.add(written.path, written.line("services"), message, f"Declare {', '.join(wanted)}.")
    for name, service in services.items():
        workdir = service.get("workdir") if isinstance(service, dict) else None
        if isinstance(workdir, str) and _is_inside(workdir) and not (written.path.parent / workdir).is_dir():
            line = written.line("services", name, "workdir")
            message = f"the workdir '{workdir}' of '{name}' does not exist"
            problems.add(written.path, line, message, "Name a folder of the submission.")


def _elsewhere(folder: Path) -> str:
    deeper = sorted(folder.glob(f"*/{FILE_NAME}"))
    if deeper:
        inside = deeper[0].parent.name
        return f"It is inside the folder '{inside}': submit the content of that folder, not the folder itself."
    return "Add it: the project's brief shows one to start from."
