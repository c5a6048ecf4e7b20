"""A submission that tries what it must not, in an exam off the machine, and the examiner that lets it try."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from labs.exams.host import ExamHost
from labs.exams.report import Report, TextEvidence
from labs.projects import Project
from tests.integration.exams.exam_bench import make_project, make_settings, make_submission, run

#: Two systems of one exam, and a proxy of the examiner's: the second system is told where the others are.
EXAMINER = """
import json
import os

from labs.exams.http import HttpClient
from labs.exams.proxies import Proxy
from labs.exams.report import TextEvidence
from labs.exams.services import Stack


async def examine(exam):
    manifest, runner = exam.manifest("probe"), exam.runner
    async with HttpClient() as client, Stack(exam, manifest, env={}) as other:
        upstream = lambda: other.url("probe")
        async with Proxy("way in", upstream, client, listen=runner.listen, called=runner.examiner) as proxy:
            env = {"PROXY": proxy.url, "OTHER": other.url("probe")}
            async with Stack(exam, manifest, env={"probe": env}) as stack:
                answer = await client.request("GET", stack.url("probe") + "/report", timeout=120)
    found = json.loads(answer.body)
    # What came from a submission could be told of secrets: its examiner holds none, and no more rights than it needs.
    found["examiner"] = {"uid": os.getuid(), "token": os.path.exists("/var/run/secrets"), "names": sorted(os.environ)}
    text = TextEvidence(title="what it said", text=json.dumps(found)[:8000])
    exam.decide("works", passed=answer.status == 200, measured="It answered.", evidence=[text])
"""
ATTACKS = """
def attempt(what):
    try:
        return what()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def reach(place):
    host, _, port = place.rpartition(":")
    import socket
    try:
        socket.create_connection((host, int(port)), timeout=1.5).close()
        return "reached"
    except OSError as error:
        return f"closed: {error}"

def report():
    import json, os, resource, socket, subprocess
    from urllib.parse import urlsplit
    def own(path):
        with open(os.path.join(path, "x"), "w") as file:
            return file.write("x")
    def outgrow(path):
        with open(path, "wb") as file:
            for _ in range(80):
                file.write(bytes(2**20))
    def ask(url):
        import urllib.request
        return urllib.request.urlopen(url + "/health", timeout=5).status
    examiner = socket.gethostbyname("examiner")
    places = json.loads(os.environ["PLACES"])
    places += [f"{examiner}:{port}" for port in (22, 80, 2375, 5000, 6443, 8000, 8080, 8100, 10250)]
    own_address = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return {
        "proxy": attempt(lambda: ask(os.environ["PROXY"])),
        "other": reach(urlsplit(os.environ["OTHER"]).netloc),
        "places": {place: reach(place) for place in places},
        "names": attempt(lambda: socket.getaddrinfo("example.com", 80)),
        "udp": attempt(lambda: own_address.sendto(b"x", ("192.0.2.1", 53))),
        "environment": {name: value for name, value in os.environ.items() if name not in ("PLACES", "PROXY", "OTHER")},
        "init_environment": attempt(lambda: open("/proc/1/environ").read()),
        "token": attempt(lambda: os.listdir("/var/run/secrets/kubernetes.io")),
        "pids": len([name for name in os.listdir("/proc") if name.isdigit()]),
        "uid": os.getuid(),
        "write_submission": attempt(lambda: own("/submission")),
        "write_root": attempt(lambda: own("/")),
        "write_python": attempt(lambda: own(os.path.dirname(json.__file__))),
        "write_work": attempt(lambda: own(os.environ["WORK"])),
        "fill_work": attempt(lambda: outgrow(os.path.join(os.environ["WORK"], "big"))),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "files": resource.getrlimit(resource.RLIMIT_FSIZE)[0],
        "address_space": resource.getrlimit(resource.RLIMIT_AS)[0],
        "unshare": subprocess.run(["unshare", "-U", "true"], capture_output=True).returncode,
        "capabilities": next(line for line in open("/proc/self/status") if line.startswith("CapEff")).split()[1],
        "new_privileges": next(line for line in open("/proc/self/status") if line.startswith("NoNewPrivs")).split()[1],
        "descriptors": len(os.listdir("/proc/self/fd")),
    }
"""
OWN_ENVIRONMENT = {
    "PATH", "HOME", "WORK", "TMPDIR", "LANG", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS", "HOST", "PORT", "LC_CTYPE",
}  # fmt: skip


def small_project(folder: Path, **changes: str) -> Project:
    return make_project(folder / "projects", **changes)


def attack(folder: Path, host: ExamHost, places: Sequence[str]) -> tuple[Report, dict[str, Any]]:
    """What a hostile submission found; it was given `places` to try."""
    work = make_submission(folder / "work", report=ATTACKS)
    services = {"probe": {"command": "python probe.py", "env": {"PLACES": json.dumps(list(places))}}}
    (work / "academy.yaml").write_text(yaml.safe_dump({"project": "small", "services": services}))
    report = run(small_project(folder, examiner=EXAMINER), work, make_settings(folder / "state", host=host))
    assert report.verdict == "passed", report.model_dump_json(indent=1)
    evidence = report.criteria[0].evidence[0]
    assert isinstance(evidence, TextEvidence)
    return report, json.loads(evidence.text)


def assert_confined(found: dict[str, Any]) -> None:
    """The promises that hold on every engine; the first lines show that the attacks would work where a way is open."""
    assert found["proxy"] == 200
    assert found["write_work"] == 1
    assert found["other"].startswith("closed")
    reached = {place: how for place, how in found["places"].items() if not how.startswith("closed")}
    assert not reached
    assert found["names"].startswith("gaierror")
    assert set(found["environment"]) <= OWN_ENVIRONMENT
    assert "SECRET" not in found["init_environment"]
    assert found["token"].startswith("FileNotFoundError")
    assert (found["examiner"]["uid"], found["examiner"]["token"]) == (1000, False)
    assert not [name for name in found["examiner"]["names"] if "SECRET" in name or "TOKEN" in name]
    assert found["pids"] < 10
    assert found["uid"] == 1000
    for write in ("write_submission", "write_root", "write_python"):
        assert "Read-only" in found[write], write
    assert found["fill_work"].startswith("OSError")
    assert found["core"] == 0
    assert found["files"] == 64 * 2**20
    assert found["address_space"] == 4 * 2**30
    assert found["unshare"] != 0
    assert int(found["capabilities"], 16) == 0
    assert found["new_privileges"] == "1"
    assert found["descriptors"] <= 8
