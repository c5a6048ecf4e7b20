"""What every provider's table of promises says, shown: what is promised holds, and what is not does not.

Each script is run in a lab and ends with 0 when it got through. The second part of the conformance suite.
"""

from __future__ import annotations

from typing import get_args

import pytest

from labs.ports import Isolation
from labs.spec import LabSpec, Limits
from tests.integration.labs import wheels
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
INSTALL = """
import subprocess, sys
name, data, find = sys.argv[1:]
open(name, "wb").write(bytes.fromhex(data))
for command in (["pip", "install", "-q", "--no-index", "--no-deps", name], ["python", "-c", find]):
    subprocess.run(command, check=True)
"""
FIND_PACKAGE = "import importlib.util as util, sys; sys.exit(util.find_spec('only_here') is None)"
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


@pytest.fixture(scope="module")
def lab(shared: Case) -> LabSpec:
    """A lab whose processes are limited."""
    return ready(shared, shared.order(1, limits=Limits(processes=shared.processes)))


@pytest.fixture(scope="module")
def small(shared: Case) -> LabSpec:
    """One that is limited in all that its tests take too much of."""
    return ready(shared, shared.order(2, limits=Limits(memory_mb=256, cpus=0.37, disk_mb=64)))


def ready(shared: Case, lab: LabSpec) -> LabSpec:
    until_ready(shared.provider, lab)
    return lab


def test_the_table_speaks_of_everything_once(shared: Case) -> None:
    spoken = sorted(one for row in shared.provider.promises.rows for one in row.about)
    assert spoken == sorted(get_args(Isolation))


def test_the_network_is_as_closed_as_promised(shared: Case, lab: LabSpec) -> None:
    assert gets_through(shared, lab, OWN_COMPONENT), "a lab reaches its own components"
    with shared.outside() as places:
        assert gets_through(shared, lab, REACH, *places) != promised(shared, "network")


def test_labs_reach_one_another_only_where_nothing_is_promised(shared: Case, lab: LabSpec, small: LabSpec) -> None:
    theirs = shared.provider.run(small, ["python", "-c", OWN_COMPONENT]).stdout.split()
    assert gets_through(shared, lab, REACH, *theirs) != promised(shared, "network")


def test_files_of_the_machine_are_as_far_as_promised(shared: Case, lab: LabSpec) -> None:
    path = shared.root.parent / "of-the-platform"
    path.write_text("a secret")
    assert gets_through(shared, lab, OPEN, str(path)) != promised(shared, "files")


def test_packages_are_as_much_a_labs_own_as_promised(shared: Case, lab: LabSpec, small: LabSpec) -> None:
    assert gets_through(shared, lab, INSTALL, wheels.NAME, wheels.wheel().hex(), FIND_PACKAGE)
    assert gets_through(shared, small, FIND_PACKAGE) != promised(shared, "packages")


def test_the_number_of_processes_is_as_limited_as_promised(shared: Case, lab: LabSpec) -> None:
    assert gets_through(shared, lab, FORK, str(shared.processes + 60)) != promised(shared, "processes")


def test_memory_is_as_limited_as_promised(shared: Case, small: LabSpec) -> None:
    assert gets_through(shared, small, TAKE_MEMORY) != promised(shared, "memory")


def test_cpu_is_as_limited_as_promised(shared: Case, small: LabSpec) -> None:
    assert gets_through(shared, small, BURN, "0.37") != promised(shared, "cpu")


def test_the_disk_is_as_limited_as_promised(shared: Case, small: LabSpec) -> None:
    shared.write(small, "mine.txt", b"my work")
    assert gets_through(shared, small, FILL_DISK) != promised(shared, "disk")
    assert shared.provider.read(small, "mine.txt") == b"my work"
