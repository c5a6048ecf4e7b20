"""What the Docker provider needs to know of its machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from labs.errors import ImageMissing
from labs.naming import origin
from labs.providers.containers.internet import CLOSED_4
from labs.providers.docker.door import DoorSettings
from labs.spec import LabSpec

POOL = "10.213.0.0/16"


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """One installation on one engine. `images` are references by component, with `tools` and `door`."""

    folder: Path
    images: Mapping[str, str]
    installation: str = "main"
    address: str | None = None
    pool: str = POOL
    capped_disks: bool = True
    door_host: str = "127.0.0.1"
    door_port: int = 8300
    judges_port: int = 8301
    closed: tuple[str, ...] = ()
    """Networks that labs with egress may not reach besides the private ones and this machine's own addresses."""
    public_port: int | None = None
    """The port that browsers use, where a proxy stands before the door; the door's own by default."""

    def image(self, name: str) -> str:
        """Give the reference of a component's image."""
        if name not in self.images:
            raise ImageMissing(f"no image is named for '{name}'; python -m labs images makes it")
        return self.images[name]

    def public_url(self, lab: LabSpec) -> str:
        """Where browsers see the lab: with TLS, which a proxy before the door has, where the platform is so."""
        return origin(urlsplit(lab.frame_origin).scheme, lab.host, self.public_port or self.door_port)

    @property
    def door(self) -> DoorSettings:
        """What the door of this installation is told."""
        return DoorSettings(
            image=self.image("door"), pool=self.pool, folder=self.folder, installation=self.installation,
            host=self.door_host, port=self.door_port, judges_port=self.judges_port,
            closed=tuple(sorted({*self.closed, *own_addresses()})),
        )  # fmt: skip

    def lock(self, lab: LabSpec) -> Path:
        """The file that one changer of the lab holds."""
        return self.folder / ".locks" / f"{lab.name}.lock"

    def record(self, lab: LabSpec) -> Path:
        """The file with what is remembered of the lab."""
        return self.folder / f"{lab.name}.json"


def own_addresses() -> list[str]:
    """The addresses of this machine that are not closed to labs anyway, as networks of one."""
    closed = [ipaddress.ip_network(one) for one in CLOSED_4]
    every = (one.address for found in psutil.net_if_addrs().values() for one in found if one.family == socket.AF_INET)
    return [f"{one}/32" for one in every if not any(ipaddress.ip_address(one) in network for network in closed)]
