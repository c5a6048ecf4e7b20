"""The cluster's own network namespace: one veth pair to the machine, forwarding and bridge filtering inside only."""

import json

from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.places import Addresses, EquipmentError
from tests.cluster.equipment.programs import run

#: Of the namespace. Since Linux 5.3 the bridge's are, too; dockerd's switch on the machine does not matter here.
SETTINGS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.all.forwarding": "1",
    "net.bridge.bridge-nf-call-iptables": "1",
    "net.bridge.bridge-nf-call-ip6tables": "1",
}


def refuse_taken_ranges(addresses: Addresses) -> None:
    """Two networks of one range on one machine would lose packets without a word."""
    ours = {addresses.link, addresses.pods, addresses.services}
    taken = {route.get("dst") for route in json.loads(run(["ip", "-json", "-4", "route", "show"]) or "[]")}
    if shared := ours & taken:
        raise EquipmentError(
            f"this machine already has routes to {', '.join(sorted(shared))}: is another test cluster up? "
            "`make cluster-down` ends it."
        )


def make_network(machine: Machine) -> None:
    """The machine reaches node, pods and Services through the pair; from inside nothing leads out."""
    ours, holder = machine.places.addresses, machine.notes.holder
    assert holder is not None
    run(["ip", "link", "add", ours.interface, "type", "veth", "peer", "name", "uplink", "netns", str(holder.pid)])
    prefix = ours.link.partition("/")[2]
    machine.run("ip", "link", "set", "lo", "up")
    machine.run("ip", "address", "add", f"{ours.node}/{prefix}", "dev", "uplink")
    machine.run("ip", "link", "set", "uplink", "up")
    # kubelet and kube-proxy want a default route to tell which address is theirs; the test's own canaries replace it.
    machine.run("ip", "route", "add", "blackhole", "default", "metric", "4000")
    for name, value in SETTINGS.items():
        machine.run("sysctl", "-q", "-w", f"{name}={value}")
    run(["ip", "address", "add", f"{ours.host}/{prefix}", "dev", ours.interface])
    run(["ip", "link", "set", ours.interface, "up"])
    for destination in (ours.pods, ours.services):
        run(["ip", "route", "add", destination, "via", ours.node, "dev", ours.interface])


def remove_network(addresses: Addresses) -> None:
    """The pair goes with its namespace; this is for one whose namespace something still holds."""
    run(["ip", "link", "delete", addresses.interface], may_fail=True)


def interface_left(addresses: Addresses) -> bool:
    return addresses.interface in run(["ip", "-brief", "link", "show"], may_fail=True)
