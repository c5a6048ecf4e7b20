"""What the sandbox promises, seen from inside by a service that tries; each attack works without a sandbox."""

import json
import os
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from labs.exams import sandbox
from labs.exams.report import TextEvidence
from tests.integration.exams.exam_bench import make_project, make_settings, make_submission, run

pytestmark = pytest.mark.linux

ATTACKS = """
def attempt(what):
    try:
        return what()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def report():
    import json, os, resource, socket, subprocess, sys
    plan = json.load(open("attack.json"))
    def connect():
        socket.create_connection(("127.0.0.1", plan["port"]), timeout=2).close()
        return "connected"
    def abstract():
        peer = socket.socket(socket.AF_UNIX); peer.settimeout(2); peer.connect("\\0" + plan["abstract"])
        return "connected"
    def udp():
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))
        return "sent"
    def outgrow(path):
        with open(path, "wb") as file:
            for _ in range(80):
                file.write(bytes(2**20))
        return "written"
    return {
        "secret": attempt(lambda: open(plan["secret"]).read()),
        "checkout": attempt(lambda: sorted(os.listdir(plan["checkout"]))),
        "passwd": attempt(lambda: open("/etc/passwd").read()),
        "sys": attempt(lambda: os.listdir("/sys")),
        "pids": [int(name) for name in os.listdir("/proc") if name.isdigit()],
        "environment": dict(os.environ),
        "parent_environment": attempt(lambda: open(f"/proc/{os.getppid()}/environ").read()),
        "tcp": attempt(connect),
        "abstract": attempt(abstract),
        "udp": attempt(udp),
        "interfaces": [name for _, name in socket.if_nameindex()],
        "write_submission": attempt(lambda: open("probe.py", "a").write("#")),
        "write_python": attempt(lambda: open(os.path.join(os.path.dirname(json.__file__), "x"), "w").write("x")),
        "write_work": attempt(lambda: open(os.path.join(os.environ["WORK"], "x"), "w").write("x")),
        "fill_work": attempt(lambda: outgrow(os.path.join(os.environ["WORK"], "big"))),
        "fill_memory": attempt(lambda: len(bytearray(plan["memory"]))),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "unshare": subprocess.run(["unshare", "-U", "true"], capture_output=True).returncode,
        "capabilities": next(line for line in open("/proc/self/status") if line.startswith("CapEff")).split()[1],
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd")),
    }
"""


@pytest.fixture(params=["required", "none"])
def seen(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    (tmp_path / "secret").write_text("the platform's secret")
    with socket.create_server(("127.0.0.1", 0)) as canary, socket.socket(socket.AF_UNIX) as hidden:
        hidden.bind(f"\0canary-{os.getpid()}")
        hidden.listen()
        folder = make_submission(tmp_path / "work", report=ATTACKS)
        plan = {
            "secret": str(tmp_path / "secret"),
            "checkout": str(Path(__file__).parents[3] / "labs"),
            "port": canary.getsockname()[1],
            "abstract": f"canary-{os.getpid()}",
            "memory": 6 * 2**30 if request.param == "required" else 1,
        }
        (folder / "attack.json").write_text(json.dumps(plan))
        settings = make_settings(tmp_path / "state", isolation=request.param)
        report = run(make_project(tmp_path / "projects"), folder, settings)
    assert report.verdict == "passed", report.model_dump_json(indent=1)
    assert report.isolation == ("bubblewrap" if request.param == "required" else "none")
    evidence = report.criteria[0].evidence[0]
    assert isinstance(evidence, TextEvidence)
    return request.param, json.loads(evidence.text)


def test_promises(seen: tuple[str, dict[str, Any]]) -> None:
    mode, found = seen
    if mode == "none":
        # The power check: without the sandbox these succeed, so their failure inside it means something.
        assert found["secret"] == "the platform's secret"
        assert found["tcp"] == "connected"
        assert found["abstract"] == "connected"
        assert "exams" in found["checkout"]
        assert os.getpid() in found["pids"]
        return
    assert found["secret"].startswith("FileNotFoundError")
    assert found["checkout"].startswith("FileNotFoundError")
    assert found["passwd"].startswith("FileNotFoundError")
    assert found["sys"].startswith("FileNotFoundError")
    assert max(found["pids"]) < 20
    assert found["tcp"].startswith("ConnectionRefusedError")
    assert found["abstract"].startswith("ConnectionRefusedError")
    assert found["udp"].startswith("OSError")
    assert found["interfaces"] == ["lo"]
    assert "Read-only" in found["write_submission"]
    assert "Read-only" in found["write_python"]
    assert found["write_work"] == 1
    assert found["fill_work"].startswith("OSError")
    assert found["fill_memory"].startswith("MemoryError")
    assert found["core"] == 0
    assert found["unshare"] != 0
    assert int(found["capabilities"], 16) == 0
    assert len(found["descriptors"]) <= 6


def test_the_environment_is_ours_alone(seen: tuple[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    _, found = seen
    allowed = {"PATH", "HOME", "WORK", "TMPDIR", "LANG", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    allowed |= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "HOST", "PORT", "PWD", "LC_CTYPE"}
    assert set(found["environment"]) <= allowed


def test_detection_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    sandbox.detect.cache_clear()
    try:
        assert sandbox.detect().kind == "none"
        assert "apt install bubblewrap" in sandbox.detect().note
    finally:
        sandbox.detect.cache_clear()


def test_required_isolation_that_is_missing_is_our_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "detect", lambda: sandbox.Sandbox("none", "Not here."))
    settings = make_settings(tmp_path / "state", isolation="required")
    report = run(make_project(tmp_path / "projects"), make_submission(tmp_path / "work"), settings)
    assert (report.verdict, report.fault) == ("not gradable", "platform")
    assert "Not here." in report.message
