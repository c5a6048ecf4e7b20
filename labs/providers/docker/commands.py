"""Runs one command of a lab in a container of its own: when that goes, nothing that the command began is left.

Its first process ends it at the time limit, so that it ends too when whoever asked has died.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from docker.errors import APIError, NotFound

from labs.ports import CAP_BYTES, CommandResult
from labs.providers.containers.plan import ContainerPlan
from labs.providers.docker import containers, disk, names, streams
from labs.providers.docker.api import Client, absent_is_fine
from labs.spec import LabSpec

ROLE = "command"
TIME_OVER = 124
GRACE_SECONDS = 15.0
FORGOTTEN_SECONDS = 3600.0


def run(
    client: Client, lab: LabSpec, tools: ContainerPlan, command: Sequence[str], *, kept: str, network: dict[str, Any],
    timeout: float, more: Mapping[str, str],
) -> CommandResult:  # fmt: skip
    """Run a command; `exit` is None when the time limit ended it, 127 when there is no such program."""
    name = names.container(lab, f"run-{uuid.uuid4().hex[:12]}")
    options = containers.of_plan(tools, kept=kept) | network | {"command": list(command)}
    options["environment"] = {**options["environment"], **more, "LAB_SECONDS": str(timeout)}
    options["log_config"] = containers.NO_LOG
    if "network_mode" in options:
        del options["hostname"]  # it is that of the container whose network it shares
    try:
        client.containers.create(name=name, labels=names.labels(lab, ROLE), **options)
        return _listen(client, name, timeout=timeout)
    finally:
        with absent_is_fine():
            client.api.remove_container(name, v=True, force=True)


def beside(workspace: str | None, otherwise: dict[str, Any]) -> dict[str, Any]:
    """Share the workspace's network where there is a workspace: its loopback is that of the learner's terminals."""
    return {"network_mode": f"container:{workspace}"} if workspace else otherwise


def clear_forgotten(client: Client, known: dict[str, dict[str, Any]]) -> None:
    """Remove what somebody left who died at work; only who holds the lab's lock works on its disk."""
    for name, one in known.items():
        old = time.time() - float(one.get("Created") or 0) > FORGOTTEN_SECONDS
        command = one["Labels"].get(names.ROLE) == ROLE and one["State"] != "running" and old
        if command or one["Labels"].get(names.ROLE) == disk.ROLE:
            containers.remove(client, name)


def _listen(client: Client, name: str, *, timeout: float) -> CommandResult:
    outputs, cut = {streams.OUT: bytearray(), streams.ERR: bytearray()}, False
    said = streams.Streams(client.api.attach_socket(name, {"stdout": 1, "stderr": 1, "stream": 1}))
    try:
        client.api.start(name)
        started = time.monotonic()
        for stream, piece in said.pieces(timeout + GRACE_SECONDS, "a command that is over its time"):
            output = outputs[stream]
            cut = cut or len(output) + len(piece) > CAP_BYTES
            output += piece[: CAP_BYTES - len(output)]
    finally:
        said.close()
    code = _code(client, name)
    in_time = time.monotonic() - started < timeout or code != TIME_OVER
    out, err = (bytes(output).decode(errors="replace") for output in outputs.values())
    return CommandResult(exit=code if in_time else None, stdout=out, stderr=err, cut=cut)


def _code(client: Client, name: str) -> int:
    """Give how it ended; one that cannot be waited for was ended by somebody else or by us."""
    with contextlib.suppress(APIError, NotFound, OSError):
        return int(client.api.wait(name, timeout=GRACE_SECONDS)["StatusCode"])
    return TIME_OVER
