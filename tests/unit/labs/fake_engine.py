"""A Docker engine in memory: what the provider uses of the client, and it can kill its caller at any call."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from docker.errors import APIError, ImageNotFound, NotFound
from docker.models.containers import _create_container_args
from docker.types import ContainerConfig

from labs.providers.docker import disk, keeper, knocking


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


class Client:
    """As `docker.DockerClient`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.api, self.containers, self.networks, self.volumes = (
            Counted(kind(engine), engine) for kind in (Api, Containers, Networks, Volumes)
        )


class Counted:
    """Counts the calls, and kills at the one that was asked for."""

    def __init__(self, inner: Any, engine: Engine) -> None:
        self._inner, self._engine = inner, engine

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            number = len(self._engine.calls)
            self._engine.calls.append(name)
            if number == self._engine.die_at:
                raise Killed(f"before {name}")
            try:
                return getattr(self._inner, name)(*args, **kwargs)
            finally:
                if number == self._engine.die_after:
                    raise Killed(f"after {name}")

        return call


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


class Containers(Part):
    def create(self, image: str, command: Any = None, name: str | None = None, **options: Any) -> Any:
        if image not in self.engine.images:
            raise ImageNotFound(f"no image {image}")
        accepted(image, command, name, options)
        one_id = f"id{next(self.engine.ids)}"
        name = name or f"random-{one_id}"
        if name in self.engine.boxes:
            raise refused(f"the container name {name} is already in use")
        for mount in options.get("mounts", []):
            if mount["Type"] == "bind" and mount["Source"].startswith("/vols/"):
                volume, _, path = mount["Source"].removeprefix("/vols/").partition("/")
                assert path in self.engine.disks[volume], f"bind source path does not exist: {path}"
        labels = dict(options.pop("labels", {}))
        self.engine.boxes[name] = {
            "Id": one_id, "Names": [f"/{name}"], "State": "created", "Labels": labels, "Created": 0,
            "options": {"image": image, "command": command, **options},
        }  # fmt: skip
        return self.get(name)

    def get(self, name: str) -> Any:
        one = self.box(name)
        state = {"Running": one["State"] == "running", "StartedAt": one.get("started", ""), "ExitCode": 1}
        state |= one.get("ended", {})
        nets = {net: {} for net, had in self.engine.nets.items() if one["Names"][0][1:] in had["Containers"]}
        attrs = {"Id": one["Id"], "State": state, "NetworkSettings": {"Networks": nets}}
        return SimpleNamespace(id=one["Id"], labels=one["Labels"], attrs=attrs)


def accepted(image: str, command: Any, name: str | None, options: dict[str, Any]) -> None:
    """Let the real client translate the options: it refuses what it does not know."""
    given = {**options, "image": image, "command": command, "name": name, "version": "1.41"}
    made = _create_container_args(given)
    del made["name"]
    ContainerConfig("1.41", **made)


class Api(Part):
    def containers(self, all: bool, filters: dict[str, Any]) -> list[dict[str, Any]]:
        assert all
        return [dict(one) for one in self.engine.boxes.values() if matches(one["Labels"], filters)]

    def start(self, name: str) -> None:
        one = self.box(name)
        network = one["options"].get("network")
        if network and network not in self.engine.nets:
            raise NotFound(f"network {network} not found")
        if network:
            self.engine.nets[network]["Containers"].add(one["Names"][0][1:])
        script = (one["options"].get("entrypoint") or [None, None, None])[2]
        if script == disk.ATTACH:
            image = one["options"]["command"][0]
            one["said"] = self.engine.loops.setdefault(image, f"/dev/loop{len(self.engine.loops)}")
            self.engine.disks.setdefault(image.removeprefix("/disks/").removesuffix(".ext4"), set())
        if script == disk.REMOVE:
            first, keep = one["options"]["command"]
            for image in [one for one in self.engine.loops if one.startswith(first) and one != keep]:
                del self.engine.loops[image]
                del self.engine.disks[image.removeprefix("/disks/").removesuffix(".ext4")]
        one["State"] = "exited" if script else "running"
        one["started"] = f"time{next(self.engine.ids)}"

    def wait(self, name: str, timeout: float | None = None) -> dict[str, int]:
        return {"StatusCode": 0}

    def logs(self, name: str, **_: Any) -> bytes:
        return str(self.box(name).get("said", "")).encode()

    def kill(self, name: str, signal: str) -> None:
        if self.box(name)["State"] != "running":
            raise refused("is not running")

    def stop(self, name: str, timeout: float) -> None:
        self.box(name)["State"] = "exited"

    def remove_container(self, name: str, v: bool, force: bool) -> None:
        gone = self.box(name)["Names"][0][1:]
        del self.engine.boxes[gone]
        for one in self.engine.nets.values():
            one["Containers"].discard(gone)

    def exec_create(self, name: str, command: list[str], **_: Any) -> dict[str, str]:
        one = self.box(name)
        if one["State"] != "running":
            raise refused("is not running")
        made = f"exec{next(self.engine.ids)}"
        self.engine.execs[made] = int(command[4] == knocking.KNOCK and command[5] in self.engine.deaf)
        files = self.engine.disks.get(one["options"]["mounts"][0]["Source"]) if one["options"].get("mounts") else None
        if files is not None and command[4] == keeper.BEGIN:
            self.engine.execs[made] = 3 if "work" in files else 0
        if files is not None and command[4] == keeper.FINISH:
            files |= {"work", "home", "state/prometheus", "state/mlflow", "state/serving", "state/workspace"}
        return {"Id": made}

    def exec_start(self, made: str, **_: Any) -> socket.socket:
        said, ours = socket.socketpair()
        if self.engine.hangs:
            self.engine.held.append(ours)
        else:
            ours.close()
        return said

    def attach_socket(self, name: str, params: dict[str, int]) -> socket.socket:
        return self.exec_start(name)

    def exec_inspect(self, made: str) -> dict[str, int]:
        return {"ExitCode": self.engine.execs[made]}

    def put_archive(self, name: str, path: str, data: bytes) -> None:
        assert path == f"/lab/{keeper.HALF}"


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
