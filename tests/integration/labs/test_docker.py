"""What only real containers can show: each line of the promises, as packets and calls from inside a lab."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from labs.ports import CommandResult
from labs.spec import LabSpec, Limits
from tests.integration.labs.conftest import DockerCase
from tests.integration.labs.waiting import until_ready

pytestmark = pytest.mark.docker

REACH = """
import socket, sys
for place in sys.argv[1:]:
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        print(place, "reached")
    except OSError as error:
        print(place, "closed", error)
"""


def python(docker: DockerCase, lab: LabSpec, script: str, *arguments: str, timeout: float = 60) -> CommandResult:
    return docker.provider.run(lab, ["python", "-c", script, *arguments], timeout=timeout)


@contextmanager
def canary() -> Iterator[int]:
    """A listener of this machine on every address."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


def own_addresses() -> list[str]:
    found = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found.add(probe.getsockname()[0])
        except OSError:
            pass  # a machine without a way out has no such address
    return sorted(str(one) for one in found if not str(one).startswith("127."))


def test_a_lab_reaches_its_components_and_nothing_of_this_machine(docker: DockerCase) -> None:
    lab = docker.order()
    until_ready(docker.provider, lab)
    own = python(docker, lab, "import socket; print(socket.gethostbyname('prometheus'))").stdout.strip()
    gateway = own.rpartition(".")[0] + "." + str(int(own.rpartition(".")[2]) - 2)
    with canary() as port:
        places = [f"{gateway}:{port}", *(f"{one}:{port}" for one in own_addresses())]
        said = python(docker, lab, REACH, "prometheus:9090", *places).stdout
    assert "prometheus:9090 reached" in said
    assert said.count("reached") == 1, said


def test_labs_do_not_reach_one_another(docker: DockerCase) -> None:
    one, two = docker.order(1), docker.order(2)
    until_ready(docker.provider, one)
    until_ready(docker.provider, two)
    theirs = python(docker, two, "import socket; print(socket.gethostbyname('prometheus'))").stdout.strip()
    assert "closed" in python(docker, one, REACH, f"{theirs}:9090").stdout


def test_no_question_for_a_name_leaves_the_lab(docker: DockerCase) -> None:
    lab = docker.order()
    until_ready(docker.provider, lab)
    asked = python(docker, lab, "import socket; print(socket.gethostbyname('example.org'))")
    assert asked.exit != 0 and "gaierror" in asked.stderr


def test_there_is_no_ipv6(docker: DockerCase) -> None:
    lab = docker.order()
    until_ready(docker.provider, lab)
    assert python(docker, lab, "print(open('/proc/net/if_inet6').read())").stdout.strip() == ""


def test_the_root_is_read_only_and_nobody_has_a_capability(docker: DockerCase) -> None:
    lab = docker.order()
    until_ready(docker.provider, lab)
    said = docker.provider.run(lab, ["sh", "-c", "id -u; grep -E 'CapBnd|NoNewPrivs' /proc/self/status; touch /x"])
    assert said.stdout.split()[0] == "1000"
    assert "0000000000000000" in said.stdout and "NoNewPrivs:\t1" in said.stdout
    assert "Read-only file system" in said.stderr


def test_limits_bite(docker: DockerCase) -> None:
    lab = docker.order(limits=Limits(memory_mb=256, disk_mb=64, processes=48))
    until_ready(docker.provider, lab)
    assert python(docker, lab, "x = bytearray(400_000_000)").exit == 137
    full = python(docker, lab, "open('big', 'wb').write(bytes(200_000_000))")
    assert "No space left on device" in full.stderr
    forks = "import subprocess\nfor _ in range(100): subprocess.Popen(['sleep', '5'])"
    assert "Resource temporarily unavailable" in python(docker, lab, forks).stderr
    until_ready(docker.provider, lab)


def test_a_command_is_ended_by_its_time_limit_and_leaves_nothing(docker: DockerCase) -> None:
    lab = docker.order()
    until_ready(docker.provider, lab)
    assert docker.provider.run(lab, ["sh", "-c", "echo begun; sleep 60"], timeout=1).exit is None
    ran = docker.provider.run(lab, ["sh", "-c", "setsid sleep 61 & echo done; exit 3"])
    assert (ran.exit, ran.stdout) == (3, "done\n")
    flood = docker.provider.run(lab, ["sh", "-c", "yes | head -c 3000000"])
    assert flood.exit == 0 and flood.cut and len(flood.stdout) == 262_144
    assert docker.provider.run(lab, ["no-such-program"]).exit == 127


def test_the_door_opens_by_the_labs_name_only(docker: DockerCase) -> None:
    lab = docker.order(components=("prometheus", "workspace"))
    seen = until_ready(docker.provider, lab)
    assert seen.door
    for host, expected in ((f"{lab.host}:{docker.ports[0]}", 302), ("evil.example", 404)):
        connection = http.client.HTTPConnection("127.0.0.1", docker.ports[0], timeout=20)
        connection.request("GET", "/lab", headers={"Host": host})
        assert connection.getresponse().status == expected
        connection.close()
