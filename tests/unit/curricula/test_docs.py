"""The documentation about content is true: the reference is that of the schemas, the how-to gives a right module."""

import re
from pathlib import Path

from curricula.loader import load
from curricula.reference import page
from schema.markdown import code_blocks
from tests.unit.curricula.content_folder import ContentFolder

DOCS = Path(__file__).parents[3] / "docs"


def test_the_reference_is_written_from_the_schemas() -> None:
    written = (DOCS / "reference" / "content-files.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m curricula.reference > docs/reference/content-files.md"


def test_who_follows_the_how_to_has_a_right_module(content: ContentFolder) -> None:
    text = (DOCS / "how-to" / "write-a-module.md").read_text(encoding="utf-8")
    files = {
        (Path(name.group(1)), text[: name.end()].count("\n") + 1)
        for name in re.finditer(r"^`curricula/(.+)`:$", text, re.M)
    }
    for path, line in files:
        block = next(block for block in code_blocks(text) if block.line > line)
        content.write(str(path), block.code)
    module = load(content.root).module("seeds-and-splits")
    assert {path.name for path, _ in files} == {"module.yaml", "lesson.md", "quiz.yaml", "split.svg"}
    assert [activity.kind for activity in module.activities] == ["lesson", "quiz"]
