"""Commands in pods, over the official client's WebSocket: bounded in time and in what is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from kubernetes import client as official
from kubernetes import stream
from kubernetes.client.exceptions import ApiException
from kubernetes.stream.ws_client import ERROR_CHANNEL, STDERR_CHANNEL, STDOUT_CHANNEL

from labs.errors import LabNotRunning, ProviderAway
from labs.providers.kubernetes.cluster import Executed


@dataclass(frozen=True)
class Where:
    """A container."""

    namespace: str
    pod: str
    container: str


@dataclass
class _Kept:
    """The beginning of a stream, and whether there was more."""

    most: int
    data: bytearray = field(default_factory=bytearray)
    cut: bool = False

    def take(self, piece: bytes) -> None:
        room = self.most - len(self.data)
        self.data += piece[:room]
        self.cut = self.cut or len(piece) > room


def execute(api: official.ApiClient, where: Where, argv: Sequence[str], *, timeout: float, max_bytes: int) -> Executed:
    """Run it to its end or to the end of its time; whoever must not outlive its time ends itself inside the pod."""
    opened = _open(api, where, argv)
    out, err = _Kept(max_bytes), _Kept(max_bytes)
    deadline = time.monotonic() + timeout
    try:
        while opened.is_open() and (left := deadline - time.monotonic()) > 0:
            opened.update(timeout=min(left, 1.0))
            _drain(opened, out, err)
        _drain(opened, out, err)
        ended = not opened.is_open()
        code = _exit_of(opened.read_channel(ERROR_CHANNEL)) if ended else None
    except OSError as error:
        raise ProviderAway(f"the connection to {where.pod} broke: {error}") from error
    finally:
        opened.close()
    return Executed(code, bytes(out.data), bytes(err.data), out.cut or err.cut)


def _open(api: official.ApiClient, where: Where, argv: Sequence[str]) -> Any:
    ask = official.CoreV1Api(api).connect_get_namespaced_pod_exec
    try:
        return stream.stream(
            ask, where.pod, where.namespace, container=where.container, command=list(argv), stdin=False, stdout=True,
            stderr=True, tty=False, _preload_content=False, _capture_all=False, binary=True,
        )  # fmt: skip
    except ApiException as error:
        # The client says 0 for every refusal of a WebSocket and puts the answer into the reason.
        reason = str(error.reason or error)
        if "404" in reason or "container not found" in reason:
            raise LabNotRunning(f"{where.container} is not running") from error
        raise ProviderAway(f"no command can be run in {where.pod}: {reason[:300]}") from error


def _drain(opened: Any, out: _Kept, err: _Kept) -> None:
    for channel, kept in ((STDOUT_CHANNEL, out), (STDERR_CHANNEL, err)):
        # Reading a channel that has nothing would wait for the other; what came is there already.
        kept.take(opened.read_channel(channel))


def _exit_of(told: bytes) -> int | None:
    """The last message is a Status: Success, or the exit code among its causes; None when the connection just ended."""
    status = yaml.safe_load(told or b"{}") or {}
    if status.get("status") == "Success":
        return 0
    for cause in (status.get("details") or {}).get("causes") or []:
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    return None
