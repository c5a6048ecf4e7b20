"""Reads MLflow's REST interface, whose stored content is the learner's: names and values are checked, never trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs.exams.probes.base import Evidence
from labs.exams.replies import Reply, Unreachable

API = "/api/2.0/mlflow"
PAGE, MOST_PAGES = 100, 20


def get(evidence: Evidence, path: str, /, **query: str) -> dict[str, Any] | None:
    """Ask for one thing; None when it does not exist."""
    return _object(evidence.asker.ask("mlflow", API + path, query=query))


def post(evidence: Evidence, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
    """Search; None when what is searched in does not exist."""
    return _object(evidence.asker.ask("mlflow", API + path, method="POST", body=body))


def _object(reply: Reply) -> dict[str, Any] | None:
    if reply.status in (400, 404):
        return None
    if reply.status != 200 or not isinstance(reply.json, dict):
        raise Unreachable(f"MLflow answered {reply.status} where a result was expected")
    return reply.json


def objects(value: Any) -> list[dict[str, Any]]:
    """Give the objects of what should be a list of objects."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def part(whole: dict[str, Any], key: str) -> dict[str, Any]:
    """Give what should be an object within an object; an empty one when it is something else."""
    value = whole.get(key)
    return value if isinstance(value, dict) else {}


def pairs(value: Any) -> dict[str, Any]:
    """Turn MLflow's lists of key and value into a dict."""
    return {str(one.get("key")): one.get("value") for one in objects(value)}


def runs(evidence: Evidence, experiment_id: str) -> Iterator[dict[str, Any]]:
    """Give the runs of an experiment, newest first, at most two thousand."""
    token = ""
    for _ in range(MOST_PAGES):
        body = {"experiment_ids": [experiment_id], "max_results": PAGE} | ({"page_token": token} if token else {})
        page = post(evidence, "/runs/search", body) or {}
        yield from objects(page.get("runs"))
        token = str(page.get("next_page_token") or "")
        if not token:
            return


def experiment_id(evidence: Evidence, name: str) -> str | None:
    """Find an active experiment by its name."""
    found = get(evidence, "/experiments/get-by-name", experiment_name=name)
    experiment = (found or {}).get("experiment")
    if not isinstance(experiment, dict) or experiment.get("lifecycle_stage") == "deleted":
        return None
    return str(experiment.get("experiment_id"))


def versions(evidence: Evidence, model: str) -> list[dict[str, Any]]:
    """Give the versions of a registered model, newest first, at most two thousand."""
    found: list[dict[str, Any]] = []
    token = ""
    for _ in range(MOST_PAGES):
        name = model.replace("'", "")
        query = {"filter": f"name='{name}'", "max_results": str(PAGE)} | ({"page_token": token} if token else {})
        page = get(evidence, "/model-versions/search", **query) or {}
        found += objects(page.get("model_versions"))
        token = str(page.get("next_page_token") or "")
        if not token:
            break
    return sorted(found, key=lambda one: _number(one.get("version")), reverse=True)


def _number(version: Any) -> int:
    return int(version) if isinstance(version, int | str) and str(version).isdigit() else 0


def version_of_alias(evidence: Evidence, model: str, alias: str) -> dict[str, Any] | None:
    """Find the version that carries an alias."""
    found = get(evidence, "/registered-models/alias", name=model, alias=alias)
    version = (found or {}).get("model_version")
    return version if isinstance(version, dict) else None
