"""Runs one command to its end: output capped, time limited, and nothing of it left behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from labs.ports import CAP_BYTES, CommandResult
from labs.providers.machine.carriers import carrying

RUN_MARK = "ACADEMY_RUN"


def run(argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str], timeout: float) -> CommandResult:
    """Run a command; `exit` is None when it was ended by the time limit, 127 when it could not be started."""
    nonce = uuid.uuid4().hex
    try:
        child = subprocess.Popen(
            list(argv), cwd=cwd, env={**environment, RUN_MARK: nonce}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return CommandResult(exit=127, stdout="", stderr=f"{argv[0]}: {error.strerror or error}")
    with child:
        try:
            outputs, cut, in_time = _listen(child, deadline=time.monotonic() + timeout)
        finally:
            _end_all(child, nonce)
        code = child.wait()
    texts = [bytes(output).decode(errors="replace") for output in outputs]
    return CommandResult(exit=code if in_time else None, stdout=texts[0], stderr=texts[1], cut=cut)


def _listen(child: subprocess.Popen[bytes], *, deadline: float) -> tuple[list[bytearray], bool, bool]:
    """Collect output until the command ends; a background child that holds the pipes open does not hold us up."""
    outputs, cut = [bytearray(), bytearray()], False
    with selectors.DefaultSelector() as selector:
        for index, stream in enumerate(stream for stream in (child.stdout, child.stderr) if stream):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, index)
        while True:
            ended = child.poll() is not None
            events = selector.select(0 if ended else 0.1)
            for key, _ in events:
                piece = _piece(key.fd)
                if not piece:
                    selector.unregister(key.fileobj)
                    continue
                output = outputs[key.data]
                cut = cut or len(output) + len(piece) > CAP_BYTES
                output += piece[: CAP_BYTES - len(output)]
            if ended and (not events or not selector.get_map()):
                return outputs, cut, True
            if not selector.get_map() and not ended:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=0.1)
            if time.monotonic() >= deadline:
                return outputs, cut, child.poll() is not None


def _piece(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except BlockingIOError:
        return b""


def _end_all(child: subprocess.Popen[bytes], nonce: str) -> None:
    """Kill what the command left: its process group, and whoever carries its mark."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    for _ in range(20):
        left = carrying(RUN_MARK, nonce)
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        if not left:
            return
        child.poll()
        time.sleep(0.02)
