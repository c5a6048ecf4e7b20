"""What will hold in a moment passes; and waiting for it leaves no trace in the lab."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from labs.exams import judge
from labs.exams.probes import serving_predict
from labs.exams.probes.base import Evidence
from labs.exams.probes.prometheus_query import PrometheusQuery
from labs.exams.probes.serving_predict import ServingPredict
from labs.exams.replies import Asker, Reply


class Script(Asker):
    """Answers each path with its replies in turn, the last one again and again; `asked` keeps the paths."""

    def __init__(self, **replies: list[Any]) -> None:
        self.replies = replies
        self.asked: list[str] = []

    def ask(
        self, component: str, path: str, *, method: str = "GET", query: dict[str, str] | None = None, body: Any = None
    ) -> Reply:
        name = path.rpartition("/")[2]
        self.asked.append(name)
        left = self.replies[name]
        return Reply(200, json.dumps(left.pop(0) if len(left) > 1 else left[0]).encode(), whole=True)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_predict, "PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(judge, "PAUSE_SECONDS", 0.001)


def _version(number: str) -> dict[str, Any]:
    return {"model": {"name": "churn", "version": number}}


def test_the_server_gets_the_moment_that_it_takes_to_follow_the_alias() -> None:
    predicted = _version("2") | {"predictions": [1]}
    asker = Script(
        alias=[{"model_version": {"version": "2"}}], health=[{"model": None}, _version("1"), _version("2")],
        predict=[predicted],
    )  # fmt: skip
    assert ServingPredict(inputs=[{"x": 1}], model="churn").judge(Evidence(asker)).passed
    assert asker.asked == ["alias", "health", "health", "health", "predict"]


def test_a_server_that_does_not_follow_fails_and_is_asked_for_one_prediction_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving_predict, "PATIENCE_SECONDS", 0.05)
    predicted = _version("1") | {"predictions": [1]}
    asker = Script(alias=[{"model_version": {"version": "2"}}], health=[_version("1")], predict=[predicted])
    assert not ServingPredict(inputs=[{"x": 1}], model="churn").judge(Evidence(asker)).passed
    assert asker.asked.count("predict") == 1


def test_a_server_that_was_still_changing_its_model_is_asked_again() -> None:
    asker = Script(
        alias=[{"model_version": {"version": "1"}}], health=[_version("1"), _version("2"), _version("1")],
        predict=[_version("2") | {"predictions": [1]}, _version("1") | {"predictions": [1]}],
    )  # fmt: skip
    assert ServingPredict(inputs=[{"x": 1}], model="churn").judge(Evidence(asker)).passed
    assert asker.asked == ["alias", "health", "predict", "health", "health", "predict"]


@pytest.mark.parametrize(("values", "passes"), [((0, 0, 5), True), ((0,), False)])
def test_a_query_is_asked_again_until_the_next_scrape(
    monkeypatch: pytest.MonkeyPatch, values: tuple[int, ...], passes: bool
) -> None:
    monkeypatch.setattr(PrometheusQuery, "patience_seconds", 1.0 if passes else 0.05)
    replies = [
        {"status": "success", "data": {"resultType": "vector", "result": [{"value": [0, str(one)]}]}} for one in values
    ]
    asker = Script(query=replies)
    finding = judge.patiently(PrometheusQuery(query="up", min=1), Evidence(asker), since=time.monotonic())
    assert finding.passed is passes
    assert len(asker.asked) >= len(values)


def test_the_checks_of_a_step_share_their_patience() -> None:
    none = {"status": "success", "data": {"resultType": "vector", "result": []}}
    asker = Script(query=[none])
    over = time.monotonic() - PrometheusQuery.patience_seconds
    assert not judge.patiently(PrometheusQuery(query="up", min=1), Evidence(asker), since=over).passed
    assert asker.asked == ["query"]
