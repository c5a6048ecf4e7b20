"""No pod ever runs outside its fence: not in its first moment, and not while the enforcer does not work."""

import signal
from collections.abc import Callable

import pytest

from tests.cluster.equipment.machine import Machine
from tests.cluster.probe_manifests import TCP, probe_pod
from tests.cluster.probes import SILENCE, Lab, Target
from tests.factories.waiting import until

DENY = {"policyTypes": ["Ingress", "Egress"]}
#: Knocks from its first instruction on, ten times in a row, and says how often it came through.
HASTY = """
import socket, sys
reached = 0
for _ in range(10):
    try:
        socket.create_connection(("{address}", {port}), 0.3).close()
        reached += 1
    except OSError:
        pass
print("reached", reached, flush=True)
"""


@pytest.fixture(scope="module")
def labs(new_lab: Callable[..., Lab]) -> tuple[Lab, Lab]:
    return new_lab("fenced", "client"), new_lab("open", "server")


def hasty(lab: Lab, name: str, address: str) -> str:
    """What a pod says that knocks as soon as it runs."""
    program = HASTY.format(address=address, port=TCP)
    pod = probe_pod(lab.namespace, name, restartPolicy="Never", container={"command": ["python3", "-c", program]})
    lab.core.create_namespaced_pod(lab.namespace, pod)
    until(f"{name} to end", lambda: lab.core.read_namespaced_pod(name, lab.namespace).status.phase == "Succeeded")
    return str(lab.core.read_namespaced_pod_log(name, lab.namespace)).strip()


def test_a_pod_is_fenced_from_its_first_packet(labs: tuple[Lab, Lab]) -> None:
    fenced, open_one = labs
    target = open_one.addresses["server"]
    assert hasty(fenced, "before-policy", target) != "reached 0"
    fenced.set_policies(DENY)
    assert hasty(fenced, "with-policy", target) == "reached 0"
    fenced.set_policies()


def test_without_the_enforcer_fences_hold_and_no_pod_begins(labs: tuple[Lab, Lab], machine: Machine) -> None:
    fenced, open_one = labs
    target = {"server": Target("tcp", open_one.addresses["server"], TCP)}
    fenced.set_policies(DENY)
    until("the fence", lambda: fenced.knock("client", target)["server"] == SILENCE, seconds=15)
    enforcer = machine.component("policies")
    assert enforcer is not None
    process = enforcer.found()
    assert process is not None
    # nsenter stops itself with its child, and does not go on with it by itself.
    entrance = process.parent()
    process.send_signal(signal.SIGSTOP)
    try:
        fenced.apply(probe_pod(fenced.namespace, "waits"))
        until("its address", lambda: _waits(machine, fenced, "waits"), seconds=15)
        assert fenced.knock("client", target)["server"] == SILENCE
        status = fenced.core.read_namespaced_pod("waits", fenced.namespace).status
        assert not [one for one in status.container_statuses or () if one.started]
    finally:
        process.send_signal(signal.SIGCONT)
        if entrance is not None:
            entrance.send_signal(signal.SIGCONT)
    fenced.wait_ready(["waits"], seconds=60)
    fenced.set_policies()


def _waits(machine: Machine, lab: Lab, pod: str) -> bool:
    """The sandbox is attached and nobody has confirmed its fence."""
    noted = [path for path in machine.places.folder("attachments").glob("*.json") if f'"{pod}"' in path.read_text()]
    return any(lab.namespace in path.read_text() and not path.with_suffix(".done").exists() for path in noted)
