"""The world outside the cluster: a network namespace with listeners at "internet", "metadata" and "private" addresses.

A test that a lab does not reach the internet proves nothing on a machine without one. Here every such address answers,
with its own name, as long as no policy keeps the packet. The namespace's name lives in the cluster's private /run, so
it goes with the cluster.
"""

import sys
from dataclasses import dataclass

from tests.cluster.equipment.machine import Machine, wait_for

NAMESPACE = "academy-world"
NODE_SIDE, WORLD_SIDE = "10.204.0.1", "10.204.0.2"
PORTS = {"tcp": (53, 80, 443), "udp": (53, 123)}


@dataclass(frozen=True)
class Canary:
    """`network` is local to the namespace as a whole; `address` is one to knock at."""

    name: str
    network: str
    address: str


CANARIES = (
    Canary("internet", "198.51.100.0/24", "198.51.100.7"),
    Canary("metadata", "169.254.169.254/32", "169.254.169.254"),
    Canary("private", "192.168.77.0/24", "192.168.77.7"),
)


def open_world(machine: Machine) -> None:
    """The node's default route leads there, and nowhere else."""
    if machine.component("world") is not None:
        return
    machine.run("ip", "netns", "add", NAMESPACE)
    machine.run("ip", "link", "add", "world0", "type", "veth", "peer", "name", "eth0", "netns", NAMESPACE)
    machine.run("ip", "address", "add", f"{NODE_SIDE}/30", "dev", "world0")
    machine.run("ip", "link", "set", "world0", "up")
    machine.run("ip", "route", "replace", "default", "via", WORLD_SIDE, "metric", "100")
    _inside(machine, "address", "add", f"{WORLD_SIDE}/30", "dev", "eth0")
    for interface in ("lo", "eth0"):
        _inside(machine, "link", "set", interface, "up")
    _inside(machine, "route", "add", "default", "via", NODE_SIDE)
    for canary in CANARIES:
        _inside(machine, "route", "add", "local", canary.network, "dev", "lo")
    _listen(machine)


def _inside(machine: Machine, *arguments: str) -> None:
    machine.run("ip", "-n", NAMESPACE, *arguments)


def _listen(machine: Machine) -> None:
    ready = machine.places.state / "world.ready"
    told = [f"--{protocol}={','.join(map(str, ports))}" for protocol, ports in PORTS.items()]
    program = (sys.executable, "-m", "tests.cluster.equipment.canary", *told, "--ready", str(ready))
    machine.spawn("world", ("ip", "netns", "exec", NAMESPACE, *program))
    wait_for("the canaries do not answer", ready.exists, machine, "world", seconds=20)
