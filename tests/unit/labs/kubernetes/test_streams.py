"""A command in a pod whose end nobody told of: our fault, and neither a time limit nor an empty file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
import websocket

from labs.errors import OurFault, ProviderAway
from labs.providers.kubernetes import streams
from labs.providers.kubernetes.cluster import Executed
from labs.providers.kubernetes.provider import KubernetesProvider
from tests.unit.labs.kubernetes.memory_cluster import MemoryCluster
from tests.unit.labs.kubernetes.orders import order
from tests.unit.labs.kubernetes.steps import until_ready

BINARY, CLOSE = websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_CLOSE
ENDED_WITH_7 = {"status": "Failure", "details": {"causes": [{"reason": "ExitCode", "message": "7"}]}}


@dataclass
class Connection:
    """Says these frames, then closes."""

    frames: list[bytes] = field(default_factory=list)

    def recv_data_frame(self, _: bool) -> tuple[int, SimpleNamespace]:
        return (BINARY, SimpleNamespace(data=self.frames.pop(0))) if self.frames else (CLOSE, SimpleNamespace(data=b""))

    def settimeout(self, _: float) -> None: ...

    def close(self, **_: object) -> None: ...


def executed(monkeypatch: pytest.MonkeyPatch, *frames: bytes, timeout: float = 30.0) -> Executed:
    monkeypatch.setattr(streams, "_open", lambda *_: Connection(list(frames)))
    return streams.execute(None, streams.Where("lab", "pod", "tools"), ["true"], timeout=timeout, max_bytes=10)


def test_how_a_command_ended_is_believed_when_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    status = b"\x03" + json.dumps(ENDED_WITH_7).encode()
    assert executed(monkeypatch, b"\x01out", b"\x02err", status) == Executed(7, b"out", b"err")
    assert executed(monkeypatch, b"\x01out", timeout=0) == Executed(None, b"", b"")


@pytest.mark.parametrize("frames", [[b"\x01out"], [b'\x03{"status": "Failure", "reason": "InternalError"}']])
def test_a_connection_that_ends_before_its_time_is_our_fault(
    monkeypatch: pytest.MonkeyPatch, frames: list[bytes]
) -> None:
    with pytest.raises(ProviderAway):
        executed(monkeypatch, *frames)


def test_half_a_file_is_no_file(
    cluster: MemoryCluster, again: Callable[[], KubernetesProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    until_ready(cluster, again, order())
    for code, found in ((0, b"half"), (3, None)):
        monkeypatch.setattr(cluster, "execute", lambda *_, code=code, **__: Executed(code, b"half", b""))
        assert again().read(order(), "notes.md") == found
    for broken in (None, 1, 137):
        monkeypatch.setattr(cluster, "execute", lambda *_, code=broken, **__: Executed(code, b"half", b""))
        with pytest.raises(OurFault):
            again().read(order(), "notes.md")
