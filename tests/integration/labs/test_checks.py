"""The check of a step against a real lab: right, wrong, hostile, and our own faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import TypeAdapter

from labs.catalogue.model import Step
from labs.exams import judge
from labs.exams.checks import check_step
from labs.exams.findings import CheckReport
from labs.exams.probes.every import Check
from tests.factories.waiting import until
from tests.integration.labs.conftest import ProcessCase
from tests.integration.labs.waiting import until_ready


def _step(*checks: tuple[str, dict[str, Any]]) -> Step:
    said = {"title": "One check", "says": "what the step asks", "hint": "do it"}
    written = [{"probe": probe, "with": given} | said for probe, given in checks]
    return Step.model_validate({"id": "one", "title": "One", "instructions": "Do it.", "checks": written})


def test_a_step_is_judged_by_the_real_state(local: ProcessCase) -> None:
    lab = local.order()
    until_ready(local.provider, lab)
    local.write(lab, "report.json", json.dumps({"auc": 0.8, "rows": [{"n": 3}]}).encode())
    step = _step(
        ("prometheus.target", {"job": "prometheus"}),
        ("prometheus.query", {"query": "up{job='prometheus'}", "min": 1}),
        ("file.data", {"path": "report.json", "values": {"auc": {"min": 0.7}, "rows.0.n": 3}}),
        ("file.text", {"path": "report.json", "matches": ["auc"], "absent": ["secret"]}),
        ("command", {"run": ["sh", "-c", "echo $((6*7))"], "stdout": ["^42$"]}),
    )
    until("Prometheus has scraped itself", lambda: check_step(local.provider, lab, step).passed)
    failing = _step(
        ("prometheus.rule", {"alert": "Nobody"}),
        ("prometheus.query", {"query": "((("}),
        ("file.data", {"path": "report.json", "values": {"auc": {"min": 0.9}}}),
        ("file.text", {"path": "absent.txt"}),
        ("command", {"run": ["sh", "-c", "echo why >&2; exit 3"]}),
    )
    report = check_step(local.provider, lab, failing)
    assert (report.status, report.passed) == ("judged", False)
    assert [check.status for check in report.checks] == ["failed"] * 5
    assert all(check.hint == "do it" and check.looked_for and check.found for check in report.checks)
    assert "why" in report.checks[4].found


def test_our_own_faults_are_errors_and_no_verdict(local: ProcessCase) -> None:
    lab = local.order()
    step = _step(("prometheus.target", {"job": "prometheus"}))
    assert check_step(local.provider, lab, step).status == "error"
    until_ready(local.provider, lab)
    report = check_step(local.provider, lab, _step(("mlflow.run", {"experiment": "absent-component"})))
    assert (report.status, report.passed) == ("error", False)


class _Hostile(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/huge")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/huge":
            piece = b'"' + b"a" * 1_000_000
            for _ in range(5):
                self.wfile.write(piece)
        elif self.path == "/deep":
            self.wfile.write(b"[" * 200_000)
        else:
            self.wfile.write(json.dumps({"x": "\u202e<script>\x1b[31m" + "y" * 5000}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def _served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hostile)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _judged(address: str, path: str) -> CheckReport:
    written = {"component": "serving", "path": path, "body": {"x": "1"}}
    check = {"probe": "http.json", "with": written, "title": "t", "hint": "h"}
    TypeAdapter[Check](Check).validate_python(check)
    asked = {"check": check, "files": {}, "command": None}
    plan = {"addresses": {"serving": address}, "token": "t", "hosts": {}, "checks": [asked]}
    return judge.judge(plan)[0]


@pytest.mark.parametrize("path", ["/redirect", "/huge", "/deep", "/strings"])
def test_hostile_replies_are_bounded_findings(path: str) -> None:
    with _served() as address:
        report = _judged(address, path)
    assert report.status == "failed"
    assert len(report.found) < 400
    assert report.found.isprintable()
    if path == "/redirect":
        assert "302" in report.found


def test_a_component_that_does_not_answer_is_an_error() -> None:
    assert _judged("http://127.0.0.1:9", "/").status == "error"
