"""Reads Prometheus' HTTP interface."""

from __future__ import annotations

from typing import Any

from labs.exams.probes.base import Evidence
from labs.exams.replies import Unreachable

PATIENCE_SECONDS = 5.0
"""Two scrapes or evaluations: what has just been done is seen by then."""


def ask(evidence: Evidence, path: str, **query: str) -> dict[str, Any]:
    """Ask and give the answer's `data`; a refused query gives its `error` instead."""
    reply = evidence.asker.ask("prometheus", f"/api/v1{path}", query=query)
    data = reply.json
    if not isinstance(data, dict):
        raise Unreachable(f"Prometheus answered {reply.status} without a result")
    if data.get("status") != "success":
        return {"error": str(data.get("error", "unknown error"))}
    return data["data"] if isinstance(data.get("data"), dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """Give the objects of what should be a list of objects."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def labels(value: dict[str, Any]) -> dict[str, str]:
    """Give an object's labels as text."""
    found = value.get("labels")
    return {str(key): str(text) for key, text in found.items()} if isinstance(found, dict) else {}
