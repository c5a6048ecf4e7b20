"""The door of all labs of an installation: one Envoy, attached to the network of every lab that runs.

A port that an internal network publishes does not answer, so the door stands in a network of its own, which publishes
two ports, and is attached to each lab's network beside. Nothing of it is remembered: what it must know is on the labels
of the labs' containers, and every caller brings it up to date.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.errors import APIError, NotFound
from docker.types import EndpointConfig

from labs.errors import NotOurs, OurFault
from labs.providers.containers.places import LOCKED, RUN, TMP
from labs.providers.containers.plan import Preparation
from labs.providers.docker import containers, door_config, names, network, streams
from labs.providers.docker.api import Client, exists_already
from labs.providers.docker.way_out import Json, Opening
from labs.providers.machine import locks
from labs.providers.machine.notes import write_private

ROLE = "door"
ENVOY = "/opt/components/bin/envoy"
MEMORY_MB, PROCESSES, CPUS = 512, 256, 2.0
TELL_SECONDS = 30


@dataclass(frozen=True)
class DoorSettings:
    """Where the door listens on the machine. Learners come to `host`:`port`; the judge's port is loopback's alone."""

    image: str
    pool: str
    folder: Path
    installation: str
    host: str = "127.0.0.1"
    port: int = 8300
    judges_port: int = 8301
    closed: tuple[str, ...] = ()
    """Networks that no lab may reach, whatever it declares: the machine's own public addresses, the site's."""

    @property
    def name(self) -> str:
        """Its container."""
        return names.of(self.installation, "door")

    @property
    def network(self) -> str:
        """The network in which its ports are published."""
        return names.of(self.installation, "front")

    @property
    def labels(self) -> dict[str, str]:
        """Whose it is; it belongs to no lab."""
        return {names.INSTALLATION: self.installation, names.ROLE: ROLE}


def sync(client: Client, settings: DoorSettings) -> None:
    """Have the door stand, attached to every lab's network, and knowing every lab."""
    with locks.must_hold(settings.folder / ".locks" / "door.lock"):
        _front(client, settings)
        known = containers.summaries(client, [f"{names.INSTALLATION}={settings.installation}"])
        containers.ensure(client, _wanted(settings), known.get(settings.name))
        door = client.containers.get(settings.name).attrs
        if not door["State"]["Running"]:
            raise OurFault(f"the door does not stay up: {_last_words(client, settings)}")
        openings = _attach(client, settings, door)
        contents = door_config.files(_entries(known), openings=openings, closed=settings.closed)
        _tell(client, settings, door, contents)


def remove(client: Client, settings: DoorSettings) -> None:
    """Take the door and its network away: for whoever removes an installation."""
    with locks.must_hold(settings.folder / ".locks" / "door.lock"):
        containers.remove(client, settings.name)
        for one in client.networks.list(names=[settings.network]):
            if one.name == settings.network:
                one.remove()


def _wanted(settings: DoorSettings) -> containers.Wanted:
    address = network.front(settings.pool).door
    empty = door_config.files([])
    told = Preparation(files={f"{RUN}/{name}": json.dumps(content) for name, content in empty.items()})
    options = containers.hardened(memory_mb=MEMORY_MB, cpus=CPUS, processes=PROCESSES) | {
        "image": settings.image,
        "command": [ENVOY, "--config-path", f"{RUN}/bootstrap.json", "--log-level", "warn", "--disable-hot-restart",
                    "--concurrency", "2"],
        "environment": {
            "LAB_PREPARE": told.json,
            "LAB_FILES": json.dumps({"bootstrap.json": json.dumps(door_config.bootstrap(address))}),
        },
        "tmpfs": containers.tmpfs({RUN: 32, TMP: 16}),
        "hostname": "door",
        "network": settings.network,
        "networking_config": {settings.network: EndpointConfig(containers.API, ipv4_address=address)},
        "ports": {
            f"{door_config.LEARNERS_PORT}/tcp": (settings.host, settings.port),
            f"{door_config.JUDGES_PORT}/tcp": ("127.0.0.1", settings.judges_port),
        },
        "sysctls": {"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv4.ip_forward": "0"},
        # After a restart of the machine labs are started by the platform; the door may wait for them.
        "restart_policy": {"Name": "on-failure", "MaximumRetryCount": 5},
    }  # fmt: skip
    return containers.Wanted(settings.name, options, settings.labels)


def _front(client: Client, settings: DoorSettings) -> None:
    try:
        client.networks.get(settings.network)
    except NotFound:
        subnet = network.front(settings.pool)
        try:
            client.networks.create(
                settings.network, driver="bridge", enable_ipv6=False, check_duplicate=True, ipam=subnet.ipam,
                options={"com.docker.network.bridge.enable_icc": "false"}, labels=settings.labels,
            )  # fmt: skip
        except APIError as error:
            if "overlap" in str(error.explanation).lower():
                raise NotOurs(f"the addresses {settings.pool} are used by others; choose another pool") from error
            if not exists_already(error):
                raise


def _attach(client: Client, settings: DoorSettings, door: Mapping[str, Any]) -> list[Opening]:
    """Attach to the networks of labs, and give the ways out that they declare; networks that went need nothing."""
    openings = []
    attached = set((door.get("NetworkSettings") or {}).get("Networks") or {})
    label = [f"{names.INSTALLATION}={settings.installation}", f"{names.ROLE}=network"]
    for one in client.networks.list(filters={"label": label}):
        subnet = network.of(one.attrs)
        if names.EGRESS in one.attrs["Labels"]:
            lab = one.attrs["Labels"][names.LAB]
            openings.append(Opening(lab, subnet.door, network.OPENING_PORT))
        if one.name in attached:
            continue
        try:
            one.connect(settings.name, ipv4_address=subnet.door)
        except NotFound:
            continue  # deleted at this moment
        except APIError as error:
            if "already exists" not in str(error.explanation):
                raise
    return openings


def _last_words(client: Client, settings: DoorSettings) -> str:
    return bytes(client.api.logs(settings.name, tail=5)).decode(errors="replace")[-600:]


def _entries(known: Mapping[str, Mapping[str, Any]]) -> list[door_config.Entry]:
    """Read the labs off their containers' labels; what is not well-formed is not ours."""
    found = []
    for one in known.values():
        labels = one["Labels"]
        if labels.get(names.ROLE) != "component" or not labels.get(names.PORT, "").isdigit():
            continue
        found.append(
            door_config.Entry(
                lab=labels[names.LAB],
                component=labels[names.COMPONENT],
                address=labels[names.ADDRESS],
                port=int(labels[names.PORT]),
                key=labels[names.KEY],
                host=labels.get(names.HOST, ""),
            )
        )
    return found


def _tell(client: Client, settings: DoorSettings, door: Mapping[str, Any], contents: dict[str, Json]) -> None:
    """Write Envoy's files into the door, unless this very run of it was told the same before."""
    told = json.dumps([door["Id"], door["State"]["StartedAt"], contents], sort_keys=True)
    memory = settings.folder / "door.json"
    if memory.exists() and memory.read_text() == told:
        return
    command = [f"{LOCKED}/bin/python", "-I", "-S", "-c", door_config.UNPACK]
    files = {"DOOR_FILES": door_config.packed(contents)}
    code, _, errors = streams.execute(client, settings.name, command, seconds=TELL_SECONDS, environment=files)
    if code != 0:
        raise OurFault(f"the door was not told of its labs: {errors[-300:]!r}")
    write_private(memory, told)
