"""A Docker engine in memory: what there is, and its networks and volumes; containers are in `fake_client`."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from docker.errors import APIError, NotFound


class Killed(BaseException):
    """The caller was killed: nothing of it catches this."""


@dataclass
class Engine:
    """What there is; `deaf` components take no connection. `die_at` kills before call n, `die_after` after it.

    One that `hangs` takes commands and never says how they end.
    """

    images: set[str]
    die_at: int | None = None
    die_after: int | None = None
    calls: list[str] = field(default_factory=list)
    boxes: dict[str, dict[str, Any]] = field(default_factory=dict)
    nets: dict[str, dict[str, Any]] = field(default_factory=dict)
    vols: dict[str, dict[str, Any]] = field(default_factory=dict)
    disks: dict[str, set[str]] = field(default_factory=dict)
    execs: dict[str, int] = field(default_factory=dict)
    loops: dict[str, str] = field(default_factory=dict)
    deaf: set[str] = field(default_factory=set)
    hangs: bool = False
    held: list[socket.socket] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=itertools.count)

    def shape(self) -> dict[str, Any]:
        """The end state, without what differs from run to run."""
        return {
            "containers": {name: (one["State"], one["Labels"]) for name, one in sorted(self.boxes.items())},
            "networks": {name: sorted(one["Containers"]) for name, one in sorted(self.nets.items())},
            "volumes": sorted(self.vols),
            "disks": {name: sorted(files) for name, files in sorted(self.disks.items())},
        }


def refused(what: str, status: int = 409) -> APIError:
    return APIError(what, response=SimpleNamespace(status_code=status, reason=what, url=""), explanation=what)


@dataclass
class Part:
    engine: Engine

    def box(self, name: str) -> dict[str, Any]:
        for key, one in self.engine.boxes.items():
            if name in (key, one["Id"]):
                return one
        raise NotFound(f"no container {name}")


class Networks(Part):
    def create(self, name: str, **options: Any) -> None:
        if name in self.engine.nets:
            raise refused(f"network with name {name} already exists")
        self.engine.nets[name] = {
            "Name": name, "Containers": set(), "Labels": options["labels"], "Internal": options.get("internal", False),
            "EnableIPv6": False, "Options": options["options"], "IPAM": {"Config": options["ipam"]["Config"]},
        }  # fmt: skip

    def get(self, name: str) -> Any:
        if name not in self.engine.nets:
            raise NotFound(f"no network {name}")
        one = self.engine.nets[name]

        def connect(box: str, ipv4_address: str) -> None:
            one["Containers"].add(box)

        def remove() -> None:
            assert not one["Containers"], "network has active endpoints"
            del self.engine.nets[name]

        attrs = {**one, "Containers": dict.fromkeys(one["Containers"])}
        return SimpleNamespace(
            name=name, attrs=attrs, reload=lambda: None, connect=connect,
            disconnect=lambda box, force: one["Containers"].discard(box), remove=remove,
        )  # fmt: skip

    def list(self, names: Any = None, filters: dict[str, Any] | None = None) -> list[Any]:
        return [self.get(name) for name, one in list(self.engine.nets.items()) if matches(one["Labels"], filters or {})]


class Volumes(Part):
    def create(self, name: str, labels: dict[str, str], driver_opts: Any = None, **_: Any) -> None:
        self.engine.vols.setdefault(name, {"Labels": labels, "Options": driver_opts or None})

    def get(self, name: str) -> Any:
        if name not in self.engine.vols:
            raise NotFound(f"no volume {name}")
        one = {**self.engine.vols[name], "Mountpoint": f"/vols/{name}"}
        return SimpleNamespace(name=name, attrs=one, remove=lambda: self.engine.vols.pop(name))

    def list(self, filters: dict[str, Any]) -> list[Any]:
        return [self.get(name) for name, one in list(self.engine.vols.items()) if matches(one["Labels"], filters)]


def matches(labels: dict[str, str], filters: dict[str, Any]) -> bool:
    wanted = filters.get("label", [])
    pairs = [one.split("=", 1) for one in ([wanted] if isinstance(wanted, str) else wanted)]
    return all(labels.get(key) == value for key, value in pairs)
