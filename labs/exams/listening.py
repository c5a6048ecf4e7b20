"""The caller's side of an examiner, wherever that runs: believes only lines that fit the schema, and answers."""

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from labs.exams.asking import (
    MOST_AT_ONCE,
    TOLD,
    TOLD_OR_ASKED,
    Ask,
    EndSystem,
    LookAtSystem,
    Seen,
    StartSystem,
    Told,
)
from labs.exams.errors import CutOff, ExaminerBroke
from labs.exams.events import Event, FinalFindings
from labs.exams.report import Findings

MAX_LINE_BYTES = 2 * 1024 * 1024
MAX_OUTPUT_BYTES = 16 * 1024 * 1024


class Channel(Protocol):
    """The examiner's standard output and input."""

    def receive(self, seconds: float) -> bytes | None:
        """What came, b"" at its end, None when nothing came in time."""
        ...

    def send(self, data: bytes) -> None:
        """All of it."""
        ...


class Systems(Protocol):
    """Makes the systems that an examiner asks for."""

    def start(self, order: StartSystem) -> Seen:
        """Start the services afresh."""
        ...

    def look(self, ask: LookAtSystem) -> Seen:
        """Say what became of them."""
        ...

    def end(self, number: int) -> Seen:
        """End them; logs are read last."""
        ...


def listen(
    channel: Channel, *, deadline: float, on_event: Callable[[Event], None], systems: Systems | None = None
) -> Findings:
    """The findings of an examiner; without `systems` it may ask for none."""
    asked = _Asked(systems) if systems else None
    adapter: TypeAdapter[Told] | TypeAdapter[Told | Ask] = TOLD_OR_ASKED if asked else TOLD
    findings: Findings | None = None
    for line in _lines(channel, deadline=deadline):
        if findings is not None:
            raise ExaminerBroke("the examiner spoke after its findings.")
        message = _read(adapter, line)
        if isinstance(message, FinalFindings):
            findings = message.findings
        elif isinstance(message, StartSystem | LookAtSystem | EndSystem):
            assert asked is not None  # noqa: S101 - the adapter knows no asks otherwise
            channel.send(asked.answer(message).model_dump_json().encode() + b"\n")
        else:
            on_event(message)
    if findings is None:
        raise CutOff("the examiner ended without findings.")
    return findings


class _Asked:
    """Keeps count: every number is started once, and few at once."""

    def __init__(self, systems: Systems) -> None:
        self._systems = systems
        self._begun: set[int] = set()
        self._standing: set[int] = set()

    def answer(self, ask: Ask) -> Seen:
        if isinstance(ask, StartSystem):
            if ask.number in self._begun or len(self._standing) >= MOST_AT_ONCE:
                raise ExaminerBroke("the examiner asked for more systems than it may.")
            self._begun.add(ask.number)
            self._standing.add(ask.number)
            return self._systems.start(ask)
        if ask.number not in self._standing:
            raise ExaminerBroke("the examiner asked about a system that does not stand.")
        if isinstance(ask, LookAtSystem):
            return self._systems.look(ask)
        self._standing.discard(ask.number)
        return self._systems.end(ask.number)


def _read(adapter: TypeAdapter[Told] | TypeAdapter[Told | Ask], line: bytes) -> Told | Ask:
    try:
        return adapter.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ExaminerBroke(f"the examiner sent a line that does not fit: {first['loc']} {first['msg']}.") from error


def _lines(channel: Channel, *, deadline: float) -> Iterator[bytes]:
    waiting, total = b"", 0
    while True:
        left = deadline - time.monotonic()
        chunk = channel.receive(left) if left > 0 else None
        if chunk is None:
            raise ExaminerBroke("the exam took longer than its time limit.")
        if not chunk:
            break
        total += len(chunk)
        waiting += chunk
        if total > MAX_OUTPUT_BYTES or len(waiting) > MAX_LINE_BYTES:
            raise ExaminerBroke("the examiner sent more than it may.")
        *complete, waiting = waiting.split(b"\n")
        yield from complete
    if waiting:
        raise CutOff("the examiner was cut off in the middle of a line.")
