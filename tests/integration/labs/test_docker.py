"""Where a lab in containers ends: as packets and calls from inside, each tried again without its control."""

from __future__ import annotations

import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from labs.ports import CommandResult
from labs.providers.containers.plan import TOOLS
from labs.providers.docker import api, containers, names, network
from labs.spec import LabSpec
from tests.factories.docker_images import images
from tests.factories.docker_pools import pool
from tests.factories.waiting import until
from tests.integration.labs.case import own_addresses
from tests.integration.labs.conftest import DockerCase
from tests.integration.labs.waiting import until_ready

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]

KNOCK = """
import socket, sys
for place in sys.argv[1:]:
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        print(place, "reached")
    except OSError as error:
        print(place, "closed", error)
"""
ASK = """
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=10).status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError as error:
    print("no way", error)
"""
#: An address of the documentation's range: nobody has it, so for a test this machine may.
PUBLIC = "203.0.113.77"


@pytest.fixture(scope="module")
def lab(engine: DockerCase) -> LabSpec:
    """One small lab, which these tests leave as it was."""
    made = engine.order()
    until_ready(engine.provider, made)
    return made


def python(engine: DockerCase, lab: LabSpec, script: str, *arguments: str) -> CommandResult:
    return engine.provider.run(lab, ["python", "-c", script, *arguments])


def address_of(engine: DockerCase, lab: LabSpec) -> str:
    return python(engine, lab, "import socket; print(socket.gethostbyname('prometheus'))").stdout.strip()


@contextmanager
def on_a_network_of(options: dict[str, str]) -> Iterator[tuple[api.Client, str, str]]:
    """An internal network as given, and the first address in it, which is the machine's where it has one."""
    client, name = api.connect(None), f"academy-test-{uuid.uuid4().hex}"
    with pool() as block:
        subnet = network.front(block)
        client.networks.create(name, driver="bridge", internal=True, options=options, ipam=subnet.ipam)
        try:
            yield client, name, str(subnet.whole[1])
        finally:
            client.networks.get(name).remove()


@pytest.mark.parametrize("closed", [True, False], ids=["as it is", "without the control"])
def test_the_machine_is_not_behind_the_gateway_address(engine: DockerCase, closed: bool) -> None:
    """An internal network alone leaves the machine's listeners open to it; without an address there is nobody."""
    options = network.OPTIONS if closed else {}
    with engine.outside() as places, on_a_network_of(options) as (client, name, first):
        port = places[0].rpartition(":")[2]
        said = client.containers.run(
            images()[TOOLS], ["-c", KNOCK, f"{first}:{port}"], entrypoint=["/opt/lab/bin/python"], network=name,
            remove=True, cap_drop=["ALL"], read_only=True,
        )  # fmt: skip
    assert ("reached" in said.decode()) is not closed, said


def test_a_lab_reaches_its_components_and_nothing_of_this_machine(engine: DockerCase, lab: LabSpec) -> None:
    subnet = network.find(api.connect(None), lab)
    assert subnet
    gateway, door = (str(subnet.whole[place]) for place in (1, network.DOOR_PLACE))
    with engine.outside() as places:
        port = places[0].rpartition(":")[2]
        of_the_door = [f"{door}:{one}" for one in (8080, 8081, 9901, network.OPENING_PORT, *engine.ports)]
        said = python(engine, lab, KNOCK, "prometheus:9090", f"{gateway}:{port}", *places, *of_the_door).stdout
    assert "prometheus:9090 reached" in said
    assert said.count("reached") == 1, said


def test_no_question_for_a_name_leaves_the_lab(engine: DockerCase, lab: LabSpec) -> None:
    asked = python(engine, lab, "import socket; print(socket.gethostbyname('example.org'))")
    assert asked.exit != 0 and "gaierror" in asked.stderr
    config = engine.provider.run(lab, ["cat", "/etc/resolv.conf"]).stdout
    servers = [line.split()[1] for line in config.splitlines() if line.startswith("nameserver")]
    assert all(one.startswith("127.") for one in servers), config


def test_there_is_no_ipv6(engine: DockerCase, lab: LabSpec) -> None:
    assert python(engine, lab, "print(open('/proc/net/if_inet6').read())").stdout.strip() == ""


def test_the_root_is_read_only_and_nobody_has_a_capability(engine: DockerCase, lab: LabSpec) -> None:
    told = "id -u; grep -E 'Cap(Eff|Bnd)|NoNewPrivs|Seccomp:' /proc/self/status; touch /x /opt/lab/x /etc/x"
    said = engine.provider.run(lab, ["sh", "-c", told])
    user, *lines = said.stdout.splitlines()
    assert user == "1000"
    assert dict(line.split() for line in lines) == {
        "CapEff:": "0" * 16, "CapBnd:": "0" * 16, "NoNewPrivs:": "1", "Seccomp:": "2",
    }  # fmt: skip
    assert said.stderr.count("Read-only file system") == 3, said.stderr


def test_every_container_of_an_installation_is_hardened(engine: DockerCase, lab: LabSpec) -> None:
    client = api.connect(None)
    known = containers.summaries(client, [f"{names.INSTALLATION}={engine.installation}"])
    assert {one["Labels"][names.ROLE] for one in known.values()} == {"door", "keeper", "component"}
    for name in known:
        told = client.containers.get(name).attrs
        host = told["HostConfig"]
        assert host["CapDrop"] == ["ALL"] and not host["CapAdd"] and not host["Privileged"], name
        assert host["ReadonlyRootfs"] and "no-new-privileges" in host["SecurityOpt"], name
        assert host["Memory"] and host["MemorySwap"] == host["Memory"], name
        assert host["PidsLimit"] and host["NanoCpus"], name
        assert told["Config"]["User"] == "1000:1000", name
        assert not any(one["Source"] == "/var/run/docker.sock" for one in told["Mounts"]), name


@contextmanager
def the_internet() -> Iterator[int]:
    """This machine has a public address, at which a web server answers on this port, as it does at all others."""
    subprocess.run(["ip", "address", "add", f"{PUBLIC}/32", "dev", "lo"], check=True)
    try:
        with ThreadingHTTPServer(("0.0.0.0", 0), Answers) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield server.server_port
            server.shutdown()
    finally:
        subprocess.run(["ip", "address", "del", f"{PUBLIC}/32", "dev", "lo"], check=True)


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said."""


def test_only_declared_egress_leads_out_and_never_to_what_is_private(engine: DockerCase, lab: LabSpec) -> None:
    open_lab = engine.order(2, egress=True)
    until_ready(engine.provider, open_lab)
    private = [*(one for one in own_addresses() if not one.startswith("127.")), address_of(engine, lab)]
    with the_internet() as port:
        asked = {one: f"http://{one}:{port}/" for one in (PUBLIC, *private)}
        # The door reads what it is told a moment after it was told.
        until("the way out is open", lambda: python(engine, open_lab, ASK, asked[PUBLIC]).stdout.strip() == "200")
        said = {one: python(engine, open_lab, ASK, where).stdout.strip() for one, where in asked.items()}
        unopened = python(engine, lab, ASK, asked[PUBLIC]).stdout
    assert said == {PUBLIC: "200", **dict.fromkeys(private, "403")}
    assert "no way" in unopened
