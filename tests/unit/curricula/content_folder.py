"""A small content folder with nothing wrong, which a test then spoils."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 80" role="img">
<title>A flow</title>
<defs><marker id="flow-arrow" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">
<path class="d-arrow" d="M0 0 L8 4 L0 8 z"/></marker></defs>
<rect class="d-box" x="5" y="5" width="80" height="40" rx="6"/>
<path class="d-line" d="M85 25 H140" marker-end="url(#flow-arrow)"/>
<text class="d-text d-text-strong" x="45" y="30" text-anchor="middle">Run</text>
</svg>
"""
LESSON = (
    "## Why\n\n" + "word " * 1250 + "\n\n![A flow](flow.svg)\n\n"
    "```python run\nprint(1)\n```\n\n```text output\n1\n```\n\n```bash run\ntrue\n```\n"
)


def new_module(*activities: dict[str, object], **changes: object) -> dict[str, object]:
    """A right module.yaml as plain data."""
    module: dict[str, object] = {
        "uuid": str(uuid4()),
        "title": "A module",
        "summary": "What for.",
        "minutes": 60,
        "status": "active",
        "outcomes": ["Do one", "Do two", "Do three"],
        "activities": list(activities)
        or [
            {"uuid": str(uuid4()), "kind": "lesson", "title": "Read", "file": "lesson.md", "minutes": 30},
            {"uuid": str(uuid4()), "kind": "lab", "title": "Do", "lab": "first-lab", "minutes": 20},
            {"uuid": str(uuid4()), "kind": "quiz", "title": "Answer", "file": "quiz.yaml", "minutes": 10},
        ],
    }
    return module | changes


def new_quiz(questions: int = 6) -> dict[str, Any]:
    """A right quiz.yaml as plain data."""
    options = [{"text": "yes", "correct": True, "why": "It is."}, {"text": "no", "correct": False, "why": "It is not."}]
    return {
        "questions": [
            {"id": f"q-{number}", "prompt": "Is it?", "kind": "single", "options": [dict(o) for o in options]}
            for number in range(questions)
        ]
    }


def new_pathway(*modules: str, **changes: object) -> dict[str, object]:
    """A right pathway.yaml as plain data."""
    pathway: dict[str, object] = {
        "uuid": str(uuid4()),
        "title": "A pathway",
        "summary": "To where.",
        "length": "3 days",
        "audience": "Everyone",
        "status": "active",
        "stages": [{"title": "Day 1", "summary": "A start.", "modules": list(modules)}],
    }
    return pathway | changes


@dataclass
class ContentFolder:
    """Writes content files under `root`."""

    root: Path

    def module(self, slug: str, **changes: object) -> Path:
        """A whole module with lesson, quiz and diagram."""
        self.write(f"modules/{slug}/lesson.md", LESSON)
        self.write(f"modules/{slug}/flow.svg", SVG)
        self.write(f"modules/{slug}/quiz.yaml", new_quiz())
        return self.write(f"modules/{slug}/module.yaml", new_module(**changes))

    def pathway(self, slug: str, *modules: str, **changes: object) -> Path:
        """A pathway of these modules."""
        return self.write(f"pathways/{slug}/pathway.yaml", new_pathway(*modules, **changes))

    def write(self, name: str, content: object) -> Path:
        """Text as it is, other data as YAML."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        """Spoil a file."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        (self.root / name).write_text(text.replace(old, new), encoding="utf-8")
