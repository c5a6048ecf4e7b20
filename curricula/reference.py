"""`python -m curricula.reference`: the page docs/reference/content-files.md, written from the schemas."""

import sys
from typing import Any

from pydantic import BaseModel

from curricula.diagram_checks import CLASSES
from curricula.lesson_checks import LEAST_RUN_BLOCKS, LEAST_WORDS
from curricula.quiz_checks import LEAST_QUESTIONS
from curricula.schema import (
    LabActivity,
    LessonActivity,
    Module,
    Option,
    Pathway,
    ProjectActivity,
    Question,
    Quiz,
    QuizActivity,
    Stage,
)
from schema.dialect import CALLOUTS

_TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false", "number": "number"}
_SECTIONS: tuple[tuple[str, str, tuple[type[BaseModel], ...]], ...] = (
    ("pathway.yaml", "`curricula/pathways/<slug>/pathway.yaml`", (Pathway, Stage)),
    (
        "module.yaml",
        "`curricula/modules/<slug>/module.yaml`; each activity is of one kind",
        (Module, LessonActivity, LabActivity, QuizActivity, ProjectActivity),
    ),
    ("quiz.yaml", "`curricula/modules/<slug>/quiz.yaml`", (Quiz, Question, Option)),
)
_INTRODUCTION = """\
# Content files

<!-- Written by `python -m curricula.reference`; change the schemas, not this page. -->

The folder's name is the *slug*: small letters, digits and hyphens. A uuid is random (version 4), unique over all
content, and never changes: learners' progress hangs on it. An unknown key is an error. `python -m curricula` checks
everything and prints each mistake with its file, line and mend. How to write a module: ../how-to/write-a-module.md
"""


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION, *(_section(*section) for section in _SECTIONS), _lessons(), _diagrams(), _together()]
    return "\n".join(parts)


def _section(title: str, place: str, models: tuple[type[BaseModel], ...]) -> str:
    return f"## {title}\n\n{place}\n\n" + "\n".join(_table(model) for model in models)


def _table(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    rows = [
        f"| `{key}` | {_type(details, schema)} | {_need(key, details, schema)} | {details.get('description', '')} |"
        for key, details in schema["properties"].items()
        if key != "slug"
    ]
    lines = ["| key | value | needed | meaning |", "|---|---|---|---|", *rows]
    return f"### {model.__name__}\n\n{_meaning(model)}\n\n" + "\n".join(lines) + "\n"


def _meaning(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").rpartition(".yaml: ")[2].capitalize()


def _need(key: str, details: dict[str, Any], schema: dict[str, Any]) -> str:
    if key in schema.get("required", ()):
        return "yes"
    return f"default {details['default']}" if details.get("default") not in (None, []) else "no"


def _type(details: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in details:
        name = details["$ref"].rsplit("/", 1)[1]
        target = schema["$defs"][name]
        return " \\| ".join(f"`{value}`" for value in target["enum"]) if "enum" in target else name
    if "const" in details:
        return f"`{details['const']}`"
    if "enum" in details:
        return " \\| ".join(f"`{value}`" for value in details["enum"])
    if details.get("type") == "array":
        return f"list{_size(details)} of {_item(details['items'], schema)}"
    if details.get("format", "").startswith("uuid"):
        return "uuid"
    if "pattern" in details:
        return "slug" if "maxLength" in details else "file name"
    return _TYPES[details["type"]]


def _item(details: dict[str, Any], schema: dict[str, Any]) -> str:
    return "activities" if "oneOf" in details else _type(details, schema)


def _size(details: dict[str, Any]) -> str:
    least, most = details.get("minItems", 0), details.get("maxItems")
    return f" ({least} to {most})" if most else (f" (at least {least})" if least else "")


def _lessons() -> str:
    return f"""\
## lesson.md

CommonMark with GFM tables, task lists, strikethrough, footnotes (`[^a]`) and callouts (`::: {" | ".join(CALLOUTS)}`, a
title, text, `:::`). Headings start at `##` and skip no level. Raw HTML is shown as text. Links go to `https://...` or
to `#a-heading` of the same lesson. A lesson of an active module has at least {LEAST_WORDS} words of prose (code blocks
do not count) and {LEAST_RUN_BLOCKS} code blocks that are run.

| fence | what happens |
|---|---|
| ```` ```python run ```` | is run; blocks that follow each other without a `bash run` between them are one script |
| ```` ```bash run ```` | is run with `bash -euo pipefail`, in document order, in the same folder |
| ```` ```text output ```` | follows a block that is run at once; its text must occur in what that printed |
| any other | is only shown |

The code runs in the labs' locked environment, in an empty folder, with `MLFLOW_TRACKING_URI=sqlite:///mlflow.db`,
`MPLBACKEND=Agg` and `GIT_PYTHON_REFRESH=quiet`, must end with status 0, and has 120 seconds for the whole lesson.
"""


def _diagrams() -> str:
    return f"""\
## Diagrams

`![What a reader should see](name.svg)` alone in a paragraph inlines the SVG file beside the lesson. It has a `viewBox`,
`role="img"`, a `<title>`, no `width` or `height` on `<svg>`, only shapes, lines, text and markers, no style, script,
link or colour of its own; ids begin with the file's name. The classes, which fit both themes:
{", ".join(f"`{name}`" for name in sorted(CLASSES))}.
"""


def _together() -> str:
    return f"""\
## What must hold between files

`python -m curricula` checks these; that labs and projects exist is checked by `lms content check`.

- Every uuid and every slug is used once; the files that an activity names exist; no file of a module is left unnamed
  (`README.md` and `design.md` may lie there).
- Prerequisites exist, go in no circle, and come earlier in each pathway that lists the module.
- An active pathway lists active modules only. Content is retired, never deleted.
- A quiz of an active module has at least {LEAST_QUESTIONS} questions. A `single` question has exactly one correct
  option, a `multiple` one at least one. Question ids are unique in their quiz; options of a question differ.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
