"""What the provider uses of a Docker client, before an engine in memory; it can kill its caller at any call."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

from docker.errors import ImageNotFound, NotFound
from docker.models.containers import _create_container_args
from docker.types import ContainerConfig

from labs.providers.docker import disk, keeper, knocking
from tests.unit.labs.fake_engine import Engine, Killed, Networks, Part, Volumes, matches, refused


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
        nets: dict[str, dict[str, Any]] = {
            net: {} for net, had in self.engine.nets.items() if one["Names"][0][1:] in had["Containers"]
        }
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
