"""What every provider's table of promises says, shown: what is promised holds, and what is not does not.

Each script is run in a lab and ends with 0 when it got through. The second part of the conformance suite.
"""

from __future__ import annotations

from typing import get_args

from labs.ports import Isolation
from labs.spec import LabSpec, Limits
from tests.integration.labs.case import Case
from tests.integration.labs.waiting import until_ready

#: Knocks at every place it is given, and at what its own networks' first address would be: the machine, if anything.
REACH = """
import socket, sys
own = socket.gethostbyname(socket.gethostname()).split(".")
ports = {place.rpartition(":")[2] for place in sys.argv[1:]}
gateways = [".".join([*own[:3], str(int(own[3]) // size * size + 1)]) for size in (256, 32)]
reached = []
for place in [*sys.argv[1:], *(f"{one}:{port}" for one in gateways for port in sorted(ports))]:
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        reached.append(place)
    except OSError as error:
        print(place, error)
print("reached", reached)
sys.exit(0 if reached else 1)
"""
OWN_COMPONENT = """
import os, socket
from urllib.parse import urlsplit
there = urlsplit(os.environ["PROMETHEUS_URL"])
print(f"{socket.gethostbyname(there.hostname)}:{there.port}")
socket.create_connection((there.hostname, there.port), timeout=5).close()
"""
OPEN = "import sys; print(len(open(sys.argv[1]).read()))"
TAKE_MEMORY = "taken = b'x' * 400_000_000"
FILL_DISK = """
import os, pathlib, sys
big = pathlib.Path("big")
try:
    with big.open("wb") as file:
        for _ in range(300):
            file.write(bytes(1_000_000))
        os.fsync(file.fileno())
finally:
    big.unlink()
"""
FORK = """
import subprocess, sys
started = []
try:
    for _ in range(int(sys.argv[1])):
        started.append(subprocess.Popen(["sleep", "30"]))
finally:
    for one in started:
        one.kill()
"""
#: Ends with 0 unless the kernel holds this very limit against it. To measure time would depend on the neighbours.
BURN = """
import os, signal, sys, time
from pathlib import Path
root, wanted = Path("/sys/fs/cgroup"), float(sys.argv[1])
def told(*names):
    return next((path.read_text().split() for name in names if (path := root / name).exists()), [])
def held():
    stat = told("cpu.stat", "cpu/cpu.stat")
    return int(stat[stat.index("nr_throttled") + 1]) if "nr_throttled" in stat else 0
quota = told("cpu.max") or told("cpu/cpu.cfs_quota_us") + told("cpu/cpu.cfs_period_us")
print(quota)
if len(quota) != 2 or not quota[0].isdigit() or abs(int(quota[0]) / int(quota[1]) - wanted) > 0.001:
    sys.exit(0)
until, before, burning = time.monotonic() + 40, held(), []
for _ in range(8):
    burning.append(os.fork())
    if not burning[-1]:
        while time.monotonic() < until:
            pass
        os._exit(0)
while held() == before and time.monotonic() < until:
    time.sleep(0.2)
for one in burning:
    os.kill(one, signal.SIGKILL)
sys.exit(0 if held() == before else 1)
"""


def gets_through(case: Case, lab: LabSpec, script: str, *arguments: str) -> bool:
    """Whether a script in the lab got what it wanted; the lab has to be well afterwards."""
    ran = case.provider.run(lab, ["python", "-c", script, *arguments])
    print(ran.exit, ran.stdout[-600:], ran.stderr[-600:])
    until_ready(case.provider, lab)
    return ran.exit == 0


def promised(case: Case, what: Isolation) -> bool:
    return case.provider.promises.kept(what) != "no"


def test_the_table_speaks_of_everything_once(case: Case) -> None:
    spoken = sorted(one for row in case.provider.promises.rows for one in row.about)
    assert spoken == sorted(get_args(Isolation))


def test_the_network_is_as_closed_as_promised(case: Case) -> None:
    lab = case.order()
    until_ready(case.provider, lab)
    assert gets_through(case, lab, OWN_COMPONENT), "a lab reaches its own components"
    with case.outside() as places:
        assert gets_through(case, lab, REACH, *places) != promised(case, "network")


def test_labs_reach_one_another_only_where_nothing_is_promised(case: Case) -> None:
    one, two = case.order(1), case.order(2)
    until_ready(case.provider, one)
    until_ready(case.provider, two)
    theirs = case.provider.run(two, ["python", "-c", OWN_COMPONENT]).stdout.split()
    assert gets_through(case, one, REACH, *theirs) != promised(case, "network")


def test_files_of_the_machine_are_as_far_as_promised(case: Case) -> None:
    lab = case.order()
    until_ready(case.provider, lab)
    path = case.root.parent / "of-the-platform"
    path.write_text("a secret")
    assert gets_through(case, lab, OPEN, str(path)) != promised(case, "files")


def test_memory_is_as_limited_as_promised(case: Case) -> None:
    lab = case.order(limits=Limits(memory_mb=256))
    until_ready(case.provider, lab)
    assert gets_through(case, lab, TAKE_MEMORY) != promised(case, "memory")


def test_cpu_is_as_limited_as_promised(case: Case) -> None:
    lab = case.order(limits=Limits(cpus=0.37))
    until_ready(case.provider, lab)
    assert gets_through(case, lab, BURN, "0.37") != promised(case, "cpu")


def test_the_disk_is_as_limited_as_promised(case: Case) -> None:
    lab = case.order(limits=Limits(disk_mb=64))
    until_ready(case.provider, lab)
    case.write(lab, "mine.txt", b"my work")
    assert gets_through(case, lab, FILL_DISK) != promised(case, "disk")
    assert case.provider.read(lab, "mine.txt") == b"my work"


def test_the_number_of_processes_is_as_limited_as_promised(case: Case) -> None:
    lab = case.order(limits=Limits(processes=case.processes))
    until_ready(case.provider, lab)
    assert gets_through(case, lab, FORK, str(case.processes + 60)) != promised(case, "processes")
