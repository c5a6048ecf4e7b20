"""Commands in pods, over a WebSocket that the official client opens: bounded in time and in what is kept.

Not by its `stream` function: that changes the client that it is given, and its reader keeps all that comes and asks the
socket for data that the TLS layer holds already.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import websocket
from kubernetes.stream import ws_client

from labs.errors import LabNotRunning, ProviderAway
from labs.providers.kubernetes import trouble
from labs.providers.kubernetes.cluster import POD, Executed

_OUT, _ERR, _STATUS = 1, 2, 3
_STATUS_BYTES = 65_536
# Of connecting; `create_websocket` has no parameter for it. What is received has a deadline of its own.
websocket.setdefaulttimeout(10)


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


def execute(configuration: Any, where: Where, argv: Sequence[str], *, timeout: float, max_bytes: int) -> Executed:
    """Run it to its end or to the end of its time; whoever must not outlive its time ends itself inside the pod."""
    kept = {_OUT: _Kept(max_bytes), _ERR: _Kept(max_bytes), _STATUS: _Kept(_STATUS_BYTES)}
    connection, deadline = _open(configuration, where, "exec", argv), time.monotonic() + timeout
    try:
        for channel, piece in _pieces(connection, deadline=deadline):
            if channel in kept:
                kept[channel].take(piece)
    except (websocket.WebSocketException, OSError) as error:
        if not kept[_STATUS].data:
            raise ProviderAway(f"the connection to {where.pod} broke: {error}") from error
    finally:
        connection.close(timeout=1)
    out, err, code = kept[_OUT], kept[_ERR], exit_of(bytes(kept[_STATUS].data))
    if code is None and time.monotonic() < deadline:
        raise ProviderAway(f"the connection to {where.pod} ended without saying how the command did")
    return Executed(code, bytes(out.data), bytes(err.data), out.cut or err.cut)


def exit_of(told: bytes) -> int | None:
    """Read the Status that ends every command: Success, or the exit code among its causes; None when none came."""
    try:
        status = json.loads(told or b"{}")
    except ValueError:
        return None
    if status.get("status") == "Success":
        return 0
    for cause in (status.get("details") or {}).get("causes") or []:
        if cause.get("reason") == "ExitCode" and str(cause.get("message", "")).isdigit():
            return int(cause["message"])
    return None


def attach(configuration: Any, where: Where) -> Any:
    """A connection to a container's own streams; when it breaks, the container's standard input ends."""
    return _open(configuration, where, "attach", stdin=True)


def _open(configuration: Any, where: Where, way: str, argv: Sequence[str] = (), *, stdin: bool = False) -> Any:
    path = f"{POD.path(where.namespace, where.pod)}/{way}"
    asked = [
        ("container", where.container),
        ("stdout", "true"),
        ("stderr", "true"),
        ("stdin", "true" if stdin else "false"),
        ("tty", "false"),
    ]
    path_query = [*asked, *([("command", list(argv))] if argv else [])]
    return connected(configuration, path, path_query, what=f"{way} in {where.pod}", target=where.container)


def connected(
    configuration: Any, path: str, asked: Sequence[tuple[str, Any]], *, what: str, target: str
) -> websocket.WebSocket:
    """Open a WebSocket of the API server; LabNotRunning when `target` is not there."""
    get_url: Any = ws_client.get_websocket_url
    connect: Any = ws_client.create_websocket
    url = get_url(configuration.host + path, asked)
    credentials = [one["value"] for one in configuration.auth_settings().values() if one.get("in") == "header"]
    try:
        opened: websocket.WebSocket = connect(
            configuration, url, {"authorization": credentials[0]} if credentials else {}
        )
        return opened
    except websocket.WebSocketBadStatusException as error:
        told = trouble.Answer.read(error.status_code, getattr(error, "resp_body", None))
        found = trouble.of(told, what)
        if isinstance(found, trouble.Missing) or "container not found" in told.message:
            raise LabNotRunning(f"{target} is not running") from error
        raise found from error
    except (websocket.WebSocketException, OSError) as error:
        raise ProviderAway(f"the cluster does not answer: {error}") from error


def _pieces(connection: Any, *, deadline: float) -> Iterator[tuple[int, bytes]]:
    """Every message's channel and content, until the server closes or the time is over."""
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            kind, frame = connection.recv_data_frame(True)
        except websocket.WebSocketTimeoutException:
            return
        if kind == websocket.ABNF.OPCODE_CLOSE:
            return
        if kind in (websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_TEXT) and frame.data:
            yield frame.data[0], bytes(frame.data[1:])
