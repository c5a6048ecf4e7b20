"""An examiner elsewhere asks for systems: within caps, answered in order, and never believed beyond the schema."""

import asyncio
import io
import tarfile
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from labs.exams import bundle
from labs.exams.asking import MOST_AT_ONCE, MOST_SYSTEMS, Ask, EndSystem, LookAtSystem, Seen, ServiceOrder, StartSystem
from labs.exams.errors import ExaminerBroke
from labs.exams.events import FinalFindings, Progress
from labs.exams.listening import MAX_LINE_BYTES, listen
from labs.exams.plan import Plan
from labs.exams.remote_runner import Caller, RemoteRunner
from labs.exams.report import Findings, Strict
from labs.exams.runner import Order
from tests.factories.apart import run_apart

SERVICE = ServiceOrder(argv=("true",), env={}, workdir=".")


def line(message: Strict) -> bytes:
    return message.model_dump_json().encode() + b"\n"


def start(number: int) -> bytes:
    return line(StartSystem(number=number, services=[SERVICE]))


END = line(FinalFindings(findings=Findings()))


class Said:
    """A channel on which everything was said already."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)
        self.answers: list[bytes] = []

    def receive(self, seconds: float) -> bytes | None:
        return self.pieces.pop(0) if self.pieces else b""

    def send(self, data: bytes) -> None:
        self.answers.append(data)


class Noted:
    """Systems that are only noted."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def start(self, order: StartSystem) -> Seen:
        self.asked.append(f"start {order.number}")
        return Seen(number=order.number, hosts=("10.0.0.1",))

    def look(self, ask: LookAtSystem) -> Seen:
        self.asked.append(f"look {ask.number}")
        return Seen(number=ask.number, exits=(None,))

    def end(self, number: int) -> Seen:
        self.asked.append(f"end {number}")
        return Seen(number=number, exits=(0,), logs=("bye",))


def held(*pieces: bytes, systems: Noted | None = None) -> Said:
    channel = Said(pieces)
    listen(channel, deadline=time.monotonic() + 5, on_event=lambda event: None, systems=systems)
    return channel


def test_asks_are_answered_in_order() -> None:
    systems, look, end = Noted(), line(LookAtSystem(number=1, logs=False)), line(EndSystem(number=1))
    channel = held(start(1), line(Progress(text="so far")), look + end, END, systems=systems)
    assert systems.asked == ["start 1", "look 1", "end 1"]
    answers = [Seen.model_validate_json(answer) for answer in channel.answers]
    assert [answer.hosts or answer.exits for answer in answers] == [("10.0.0.1",), (None,), (0,)]


REFUSED = {
    "the same twice": [start(1), start(1)],
    "an ended one again": [start(1), line(EndSystem(number=1)), start(1)],
    "too many at once": [start(number + 1) for number in range(MOST_AT_ONCE + 1)],
    "one that was never started": [line(LookAtSystem(number=2, logs=True))],
    "a number beyond all": [b'{"kind": "end-system", "number": %d}\n' % (MOST_SYSTEMS + 1)],
    "no services": [b'{"kind": "start-system", "number": 1, "services": []}\n'],
    "a key of its own": [b'{"kind": "end-system", "number": 1, "image": "mine"}\n'],
    "an answer": [line(Seen(number=1))],
    "after its findings": [END, start(1)],
    "half a line": [b'{"kind": '],
    "a line without end": [b"x" * (MAX_LINE_BYTES + 1)],
}


@pytest.mark.parametrize("name", REFUSED)
def test_whatever_else_it_asks_ends_the_exam(name: str) -> None:
    with pytest.raises(ExaminerBroke):
        held(*REFUSED[name], systems=Noted())


def test_an_examiner_on_this_machine_may_ask_for_nothing() -> None:
    with pytest.raises(ExaminerBroke, match="does not fit"):
        held(start(1), END)


async def _talk(answers: list[Seen]) -> tuple[list[Ask], str, dict[str, int], dict[str, str]]:
    asked: list[Ask] = []

    def answer(ask: Ask) -> None:
        asked.append(ask)
        asyncio.get_running_loop().call_soon(caller.heard, line(answers.pop(0)))

    caller = Caller(answer)
    runner = RemoteRunner(caller)
    addresses = runner.addresses(["a", "b"])
    order = Order(("serve",), {"PORT": str(addresses.ports["b"])}, "web")
    started = await runner.start({"a": order, "b": order}, addresses)
    await started.refresh()
    exits = dict(await started.exits())
    await started.end()
    await started.end()
    await started.refresh()
    return asked, addresses.url("b"), exits, dict(started.logs())


def test_the_examiners_side_of_it() -> None:
    looked = Seen(number=1, exits=(None, 3), logs=("one", "two"))
    ended = Seen(number=1, exits=(137, 3), logs=("one more", "two"))
    asked, url, exits, logs = run_apart(_talk([Seen(number=1, hosts=("10.0.0.1", "10.0.0.2")), looked, ended]))
    assert [ask.kind for ask in asked] == ["start-system", "look-at-system", "end-system"]
    assert url == "http://10.0.0.2:8101"
    assert exits == {"b": 3}
    assert logs == {"a": "one more", "b": "two"}


def make_plan(folder: Path) -> Plan:
    (folder / "project" / "criteria").mkdir(parents=True)
    (folder / "project" / "examiner.py").write_text("examiner")
    (folder / "project" / "criteria" / "one.py").write_text("one")
    (folder / "project" / "solution").mkdir()
    (folder / "project" / "solution" / "secret.py").write_text("not for an examiner")
    (folder / "work").mkdir()
    (folder / "work" / "academy.yaml").write_text("project: p")
    (folder / "work" / "run.sh").write_text("#!/bin/sh")
    (folder / "work" / "run.sh").chmod(0o755)
    return Plan(
        project="p", examiner=folder / "project" / "examiner.py", criteria=(), submission=folder / "work",
        isolation="docker", lab_python=Path("/somewhere/bin/python"), lab_reads=(), seed="s",
    )  # fmt: skip


def test_the_bundle_arrives_as_it_was_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, inside = make_plan(tmp_path / "here"), tmp_path / "there"
    inside.mkdir()
    monkeypatch.setattr(bundle, "INSIDE", inside)
    with bundle.packed(plan.submission) as submission:
        told = b"".join(bundle.stream(plan, submission=submission))
    arrived = bundle.unpack(io.BytesIO(told + b"and what is said later"))
    assert (arrived.submission, arrived.examiner) == (inside / "submission", inside / "project" / "examiner.py")
    assert arrived.lab_python == bundle.LAB_PYTHON
    assert (arrived.submission / "academy.yaml").read_text() == "project: p"
    assert (arrived.submission / "run.sh").stat().st_mode & 0o100
    assert (arrived.examiner.parent / "criteria" / "one.py").read_text() == "one"
    assert not (arrived.examiner.parent / "solution").exists()
    inside.rename(tmp_path / "whole")
    inside.mkdir()
    with pytest.raises(EOFError):
        bundle.unpack(io.BytesIO(told[:-10_000]))


@pytest.mark.parametrize("name", ["../escape", "/etc/passwd"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "INSIDE", tmp_path)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    header = bundle.Header(plan={}, project=len(archive.getvalue()), submission=0)
    with pytest.raises(ValueError, match="no plain file"):
        bundle.unpack(io.BytesIO(header.model_dump_json().encode() + b"\n" + archive.getvalue()))
