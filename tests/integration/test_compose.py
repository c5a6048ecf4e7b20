"""compose.yaml with the real engine: a learner's lab and exam, and only the workers hold the engine."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy import images as platform_images
from labs.exams.services import free_port
from labs.images import BUILD_SECONDS
from labs.providers.docker import api
from tests.factories import compose, docker_images
from tests.factories.learning import examined, work_in_a_lab
from tests.factories.visitor import Visitor
from tests.factories.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.compose, pytest.mark.alone, pytest.mark.timeout(900)]
CHECKOUT = Path(__file__).parents[2]
#: Generous: containers of several tests share two cores.
LAB_SECONDS, EXAM_SECONDS = 240, 600
REMOVE_LABS = """
from lms.config import Settings
from lms.database import database_app
from lms.lab_provider import provider_of
from lms.services.lab_orders import to_end
settings = Settings()
provider = provider_of(settings, patience=60)
with database_app(settings).app_context():
    for one in provider.list_owned():
        provider.delete(to_end(one))
provider.remove_all()
"""


@dataclass(frozen=True)
class Server:
    """A project of compose with ports of its own."""

    project: str
    port: int
    door: int
    environment: dict[str, str]

    def compose(self, *arguments: str, seconds: float = 600) -> str:
        command = compose.command()
        assert command, "the marker `compose` asks for it"
        argv = [*command, "--project-name", self.project, "--file", str(CHECKOUT / "compose.yaml"), *arguments]
        ran = subprocess.run(
            argv, env=os.environ | self.environment, capture_output=True, text=True, check=False, timeout=seconds
        )
        assert ran.returncode == 0, f"{arguments} ended with {ran.returncode}: {ran.stderr[-3000:]}"
        return ran.stdout

    def container(self, service: str) -> dict[str, Any]:
        found = self.compose("ps", "--all", "--quiet", service).strip()
        told = subprocess.run(["docker", "inspect", found], capture_output=True, text=True, check=True)
        one: dict[str, Any] = json.loads(told.stdout)[0]
        return one


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    client = api.connect(None, timeout=BUILD_SECONDS)
    project = f"compose{secrets.token_hex(3)}"
    for name, reference in platform_images.ensure(client, base=docker_images.base(client)).items():
        client.images.get(reference).tag(f"academy/{name}", project)
    # Not pytest's: its folders are for this user alone.
    folder = Path(tempfile.mkdtemp(prefix="academy-compose-"))
    folder.chmod(0o755)
    names = folder / "images.json"
    names.write_text(json.dumps(dict(docker_images.images())))
    names.chmod(0o644)
    port, door, judges = free_port(), free_port(), free_port()
    environment = {
        "IMAGE_VERSION": project,
        "DOCKER_GID": str(Path("/var/run/docker.sock").stat().st_gid),
        "ACADEMY_LAB_IMAGES": str(names),
        "ACADEMY_INSTALLATION_NAME": project,
        "ACADEMY_PORT": str(port),
        "ACADEMY_PUBLIC_URL": f"http://academy.localhost:{port}",
        "ACADEMY_DOCKER_DOOR_PORT": str(door),
        "ACADEMY_DOCKER_PUBLIC_PORT": str(door),
        "ACADEMY_DOCKER_JUDGES_PORT": str(judges),
        "ACADEMY_DOCKER_POOL": "10.219.0.0/16",
    }
    found = Server(project, port, door, environment)
    try:
        found.compose("up", "--detach")
        yield found
    finally:
        _remove(found, client)
        shutil.rmtree(folder)


def _remove(server: Server, client: api.Client) -> None:
    """Its labs first, when nobody can start them anew; images keep the names that say what they are made of."""
    server.compose("start", "postgresql")
    server.compose("stop", "beat", "worker", "examiner")
    server.compose("run", "--rm", "--no-deps", "--entrypoint", "python", "worker", "-c", REMOVE_LABS)
    server.compose("down", "--volumes", "--timeout", "20")
    for name in ("platform", "postgresql", "valkey"):
        client.images.remove(f"academy/{name}:{server.project}", noprune=True)


@pytest.fixture
def learner(server: Server) -> Iterator[Visitor]:
    address = f"http://127.0.0.1:{server.port}"
    visitor = Visitor(address, f"academy.localhost:{server.port}", door=f"http://127.0.0.1:{server.door}")
    until("the web answers", lambda: _answers(visitor), seconds=180)
    visitor.register()
    yield visitor
    visitor.client.close()


def _answers(visitor: Visitor) -> bool:
    try:
        return visitor.client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_a_learner_gets_a_lab_and_solves_its_first_steps(learner: Visitor) -> None:
    work_in_a_lab(learner, seconds=LAB_SECONDS)


def test_a_learner_s_project_is_examined_and_passes(learner: Visitor, tmp_path: Path) -> None:
    report = examined(learner, tmp_path, seconds=EXAM_SECONDS)
    assert (report["verdict"], report["isolation"]) == ("passed", "docker"), report


def test_only_the_workers_hold_the_engine(server: Server) -> None:
    holders = {service for service in server.compose("config", "--services").split() if _has_socket(server, service)}
    assert holders == {"worker", "examiner"}
    for service in ("web", "worker", "examiner", "beat", "postgresql", "valkey"):
        host = server.container(service)["HostConfig"]
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"], service
        assert "no-new-privileges:true" in host["SecurityOpt"] and not host["Privileged"], service


@pytest.mark.parametrize(("name", "command"), [("platform", ["run", "web"]), ("postgresql", [])])
def test_what_still_begins_ends_when_it_is_asked_to(server: Server, name: str, command: list[str]) -> None:
    """Before its program is there to hear of it: the first process of a container has to be told."""
    image, engine = f"academy/{name}:{server.project}", api.connect(None)
    made = engine.containers.run(image, command, detach=True, network_mode="none", tmpfs={"/tmp": ""})
    try:
        until("the first process hears", lambda: _hears(engine.containers.get(made.id).attrs["State"]["Pid"]), every=0)
        made.stop(timeout=50)
        assert made.wait()["StatusCode"] == 143, made.logs()
    finally:
        made.remove(force=True, v=True)


def test_every_container_ends_when_it_is_asked_to(server: Server) -> None:
    """The last test of this module. Who had to be ended by force when the time was over says 137."""
    parts = (("beat", "web", "worker", "examiner"), ("valkey", "postgresql"))  # as they need one another
    for services in parts:
        server.compose("stop", "--timeout", "30", *services)
    codes = {one: server.container(one)["State"]["ExitCode"] for services in parts for one in services}
    assert set(codes.values()) <= {0, 143}, codes


def _hears(process: int) -> bool:
    """Whether it has said what it does about SIGINT and SIGTERM: before that, the kernel drops them for process 1."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    caught = int(status["SigCgt"], 16)
    is_ours = not status["Name"].startswith("runc")
    return is_ours and all(caught >> (number - 1) & 1 for number in (signal.SIGINT, signal.SIGTERM))


def _has_socket(server: Server, service: str) -> bool:
    if service == "migrate":
        return False
    return "docker.sock" in json.dumps(server.container(service)["Mounts"])
