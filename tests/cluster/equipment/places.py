"""What is where: the cluster's folder, the cache of what was built, addresses and versions."""

import os
import platform
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]
EQUIPMENT = Path(__file__).parent

#: The last minor that accepts cgroup v1 by setting and containerd 1.x without complaint.
KUBERNETES = "1.34.4"
COREDNS = "1.12.4"
CONTOUR = "1.31.0"
METRICS_SERVER = "0.7.2"
HELM = "3.19.0"

NODE_NAME = "academy-test"
#: At which the node lets browsers in, to the platform and to labs.
GATEWAY_PORT = 30080
#: The same with TLS, where a Gateway or an Ingress has a certificate.
TLS_PORT = 30443

#: Where the system's programs are, whatever the PATH of the person who starts the cluster.
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class EquipmentError(Exception):
    """The cluster cannot be made or ended; the text says why and what to do."""


@dataclass(frozen=True)
class Addresses:
    """Ranges that Docker, k3s and kind leave alone by default. `host` and `node` are the ends of one veth pair."""

    host: str = "10.201.0.1"
    node: str = "10.201.0.2"
    link: str = "10.201.0.0/24"
    pods: str = "10.202.0.0/22"
    services: str = "10.203.0.0/16"
    api_service: str = "10.203.0.1"
    dns_service: str = "10.203.0.10"
    interface: str = "academy0"

    @property
    def api(self) -> str:
        return f"https://{self.node}:6443"


def default_state() -> Path:
    """Short, since sockets live below it, and on a disk, since overlayfs does."""
    return Path(os.environ.get("ACADEMY_CLUSTER") or "/var/tmp/academy-cluster")


def default_cache() -> Path:
    base = os.environ.get("ACADEMY_CLUSTER_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mlops-academy-cluster"


@dataclass(frozen=True)
class Places:
    """Everything of one cluster is below `state`; what other clusters can use again is below `cache`."""

    state: Path
    cache: Path
    addresses: Addresses = Addresses()

    @classmethod
    def default(cls) -> "Places":
        return cls(default_state(), default_cache())

    @cached_property
    def notes(self) -> Path:
        """What runs, by id."""
        return self.state / "state.json"

    @cached_property
    def kubeconfig(self) -> Path:
        """The administrator's, for tests."""
        return self.state / "kubeconfig"

    @cached_property
    def turn(self) -> Path:
        """Held by whoever starts or ends this cluster."""
        return self.cache / f"{self.state.name}.lock"

    @cached_property
    def cgroup(self) -> str:
        """Name of the subtree in every hierarchy below which all pods live."""
        return f"academy-test-{self.state.name.removeprefix('academy-')}"

    def folder(self, name: str) -> Path:
        found = self.state / name
        found.mkdir(parents=True, exist_ok=True)
        return found

    def certificate(self, name: str) -> Path:
        return self.folder("certificates") / f"{name}.crt"

    def key(self, name: str) -> Path:
        return self.folder("certificates") / f"{name}.key"

    def client(self, name: str) -> Path:
        """A component's kubeconfig."""
        return self.folder("clients") / name

    def log(self, name: str) -> Path:
        return self.folder("logs") / f"{name}.log"

    @cached_property
    def containerd(self) -> Path:
        return self.state / "containerd.sock"


def architecture() -> str:
    """As Go and image files call it."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
