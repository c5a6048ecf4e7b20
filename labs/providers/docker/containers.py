"""Turns plans into the engine's words, and makes containers that are exactly that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docker.errors import APIError, ImageNotFound, NotFound
from docker.types import EndpointConfig, LogConfig, Mount, Ulimit

from labs.errors import ImageMissing, NotOurs
from labs.providers.containers.places import UID
from labs.providers.containers.plan import ContainerPlan
from labs.providers.docker import names
from labs.providers.docker.api import Client, absent_is_fine, exists_already, stopped_is_fine

STOP_SECONDS = 5
API = "1.41"
"""The oldest version that we speak; the client takes a version where it needs none."""
TMP_MB, RUN_MB, SHM_MB = 256, 4, 64
TMPFS = f"nosuid,nodev,uid={UID},gid={UID},mode=0700"
LOG = LogConfig(type=LogConfig.types.JSON, config={"max-size": "4m", "max-file": "2"})
NO_LOG = LogConfig(type="none", config={})


@dataclass(frozen=True)
class Wanted:
    """A container as it must be: what `create` is given. Everything of it is in the digest that it carries."""

    name: str
    options: Mapping[str, Any]
    labels: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Of all that makes it what it is."""
        text = json.dumps({**self.options, "labels": dict(self.labels)}, sort_keys=True, default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def hardened(*, memory_mb: int, cpus: float, processes: int) -> dict[str, Any]:
    """What every container of a lab is refused and limited to; nobody turns any of it off."""
    return {
        "user": f"{UID}:{UID}",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "privileged": False,
        "pids_limit": processes,
        "mem_limit": f"{memory_mb}m",
        # Equal to the memory: no swap.
        "memswap_limit": f"{memory_mb}m",
        "nano_cpus": int(cpus * 1e9),
        "ulimits": [Ulimit(name="core", soft=0, hard=0), Ulimit(name="nofile", soft=4096, hard=8192)],
        "shm_size": f"{SHM_MB}m",
        "ipc_mode": "private",
        "restart_policy": {"Name": "no"},
        "log_config": LOG,
        "stop_signal": "SIGTERM",
    }


def tmpfs(sizes: Mapping[str, int]) -> dict[str, str]:
    """Give passing folders by path; their memory counts towards the container's."""
    return {path: f"size={size}m,{TMPFS}" for path, size in sizes.items()}


def of_plan(plan: ContainerPlan, *, kept: str) -> dict[str, Any]:
    """Give the options of one planned container. `kept` is the folder of the lab's disk on the engine's machine."""
    passing, mounts = {}, []
    for mount in plan.mounts:
        match mount.volume:
            case "tmp":
                passing[mount.path] = f"size={min(TMP_MB, plan.memory_mb)}m,{TMPFS}"
            case "run":
                passing[mount.path] = f"size={RUN_MB}m,{TMPFS}"
            case "work" | "home":
                mounts.append(Mount(mount.path, f"{kept}/{mount.volume}", type="bind", read_only=mount.read_only))
            case "state":
                mounts.append(Mount(mount.path, f"{kept}/state/{plan.name}", type="bind", read_only=mount.read_only))
    files = {"LAB_FILES": json.dumps(dict(plan.files), sort_keys=True)} if plan.files else {}
    return hardened(memory_mb=plan.memory_mb, cpus=plan.cpus, processes=plan.processes) | {
        "image": plan.image,
        "command": list(plan.argv),
        "environment": dict(plan.environment) | files,
        "tmpfs": passing,
        "mounts": mounts,
        "hostname": plan.name,
    }


def attached(network: str, address: str | None, hosts: Mapping[str, str]) -> dict[str, Any]:
    """Attach to the lab's network, and to nothing else.

    Names are in the hosts file. The engine's own resolver gets a server that is not there: asked about anything beyond
    the network it would otherwise pass the question on from the host, out of an internal network. Nobody waits for it.
    """
    return {
        "network": network,
        "networking_config": {network: EndpointConfig(API, ipv4_address=address)},
        "extra_hosts": dict(hosts),
        "dns": ["127.0.0.1"],
        "dns_opt": ["timeout:1", "attempts:1"],
        "sysctls": {"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1"},
    }


def summaries(client: Client, filters: list[str]) -> dict[str, dict[str, Any]]:
    """Give every container with these labels, running or not, by name, in one call."""
    found = client.api.containers(all=True, filters={"label": filters})
    return {one["Names"][0].lstrip("/"): one for one in found if one.get("Names")}


def ensure(client: Client, wanted: Wanted, known: Mapping[str, Any] | None) -> bool:
    """Have this very container running; say whether it had to be started.

    One of the same name but another digest is somebody's old order and is removed. Whoever died after `create` left a
    container that is merely not started; whoever died after `start`, one that runs.
    """
    if known is not None and (
        known["Labels"].get(names.DIGEST) != wanted.digest or known["State"] in ("dead", "removing")
    ):
        remove(client, wanted.name)
        known = None
    if known is not None and known["State"] in ("running", "restarting"):
        return False
    if known is None:
        _create(client, wanted)
    try:
        client.api.start(wanted.name)
    except NotFound:
        # It is gone, or a network is gone to which it was attached: made anew, it starts or says why not.
        remove(client, wanted.name)
        _create(client, wanted)
        client.api.start(wanted.name)
    return True


def remove(client: Client, name: str) -> None:
    """Ask politely, then kill, then remove; what is gone is fine."""
    with absent_is_fine():
        client.api.stop(name, timeout=STOP_SECONDS)
    with absent_is_fine():
        client.api.remove_container(name, v=True, force=True)


def remove_all(client: Client, every: list[str], *, last: str) -> None:
    """Remove many: all are asked at once, so that they end in the time of the slowest; `last` goes after the others."""
    for name in every:
        if name != last:
            with absent_is_fine(), stopped_is_fine():
                client.api.kill(name, "SIGTERM")
    for name in sorted(every, key=lambda name: name == last):
        remove(client, name)


def _create(client: Client, wanted: Wanted) -> None:
    labels = dict(wanted.labels) | {names.DIGEST: wanted.digest}
    try:
        client.containers.create(name=wanted.name, labels=labels, **wanted.options)
    except ImageNotFound as error:
        image = wanted.options["image"]
        raise ImageMissing(f"the image {image} is not on this engine; python -m labs images makes it") from error
    except APIError as error:
        if not exists_already(error):
            raise
        _must_be_the_same(client, wanted, error)


def _must_be_the_same(client: Client, wanted: Wanted, error: APIError) -> None:
    """A name that is taken is success when what has it is what we wanted."""
    try:
        there = client.containers.get(wanted.name)
    except NotFound:
        raise error from None
    if there.labels.get(names.INSTALLATION) != wanted.labels[names.INSTALLATION]:
        raise NotOurs(f"the container {wanted.name} is somebody else's; remove it or rename it") from error
    if there.labels.get(names.DIGEST) != wanted.digest:
        raise error


def _plain(value: Any) -> Any:
    """Let the client's own dictionaries into JSON."""
    return dict(value) if isinstance(value, Mapping) else str(value)
