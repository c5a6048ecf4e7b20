"""All components together in containers, behind a proxy with TLS: who comes in, and by which name."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from labs.ports import Observation
from labs.providers.docker import api, door_config, names
from labs.providers.docker.provider import DockerProvider
from labs.spec import LabSpec
from tests.factories.waiting import until
from tests.integration.labs.conftest import DockerCase
from tests.integration.labs.proxied import COMPONENT, ELSEWHERE, NOT_ALLOWED, as_lab
from tests.integration.labs.waiting import must_have_shown_its_page, until_ready

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]
COMPONENTS = ("mlflow", "serving", "prometheus", "kafka", "workspace")
#: Keywords of `Lab.ask`.
UPGRADE: dict[str, Any] = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Lab:
    """A running lab and ways to knock at its door."""

    def __init__(self, engine: DockerCase, spec: LabSpec, seen: Observation) -> None:
        self.engine, self.spec, self.seen = engine, spec, seen
        self.token = f"token {spec.token.get_secret_value()}"
        self.host = f"{spec.host}:{engine.ports[0]}"

    def ask(
        self, path: str, *, port: int | None = None, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.engine.ports[0], timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, headers={"Host": self.host} | named)
        reply = connection.getresponse()
        try:
            return reply.status, b"" if reply.status == 101 else reply.read(), reply.headers
        finally:
            connection.close()


@pytest.fixture(scope="module")
def lab(engine: DockerCase) -> Iterator[Lab]:
    """One lab with everything, for all tests of this file."""
    spec = engine.order(components=COMPONENTS, frame_origin="https://academy.localhost:8443")
    yield Lab(engine, spec, until_ready(engine.provider, spec))


def test_the_door_opens_by_the_labs_name_only(lab: Lab) -> None:
    assert lab.seen.door and lab.seen.door.url == f"https://{lab.host}"
    for port in ("", ":8443"):
        assert lab.ask("/lab", Host=f"{lab.spec.host}{port}")[0] == 302
    for host in ("evil.example", "127.0.0.1", f"lab-2.academy.localhost:{lab.engine.ports[0]}"):
        assert lab.ask("/lab", Host=host)[0] == 404, host


@pytest.mark.parametrize(
    "path", ["/api/contents", "/api/terminals", "/mlflow/", "/serving/health", "/prometheus/-/ready"]
)
def test_the_workspace_asks_for_the_token(lab: Lab, path: str) -> None:
    assert lab.ask(path)[0] in (302, 403)
    assert lab.ask(path, Authorization="token wrong")[0] in (302, 403)
    assert lab.ask(path, Authorization=lab.token)[0] == 200


def test_it_was_not_ready_before_its_page_was_shown(lab: Lab) -> None:
    must_have_shown_its_page(lab.engine.provider, lab.spec)


def test_web_sockets_pass_the_door_and_ask_for_the_token_too(lab: Lab) -> None:
    _, body, _ = lab.ask("/api/terminals", method="POST", Authorization=lab.token)
    path = f"/terminals/websocket/{json.loads(body)['name']}"
    assert lab.ask(path, **UPGRADE)[0] == 403
    assert lab.ask(path, Authorization=lab.token, **UPGRADE)[0] == 101
    assert lab.ask(path, Authorization=lab.token, Host="evil.example", **UPGRADE)[0] == 404


def test_every_page_for_people_answers_and_only_the_platform_may_frame_it(lab: Lab) -> None:
    pages = {one.name: one.page for one in lab.seen.components if one.page}
    assert set(pages) == {"mlflow", "serving", "prometheus"}
    for path in ("/lab", *(f"/{name}{page.partition('#')[0]}" for name, page in pages.items())):
        status, _, headers = lab.ask(path, Authorization=lab.token)
        assert status == 200, path
        assert headers["Content-Security-Policy"] == "frame-ancestors 'self' https://academy.localhost:8443", path


def test_a_page_in_a_frame_with_tls_keeps_its_cookie_and_may_change_things(lab: Lab) -> None:
    """As MLflow's own page does: a cookie from the address with the token, and a request that names its origin."""
    given = lab.ask(f"/mlflow/?token={lab.spec.token.get_secret_value()}")[2].get_all("Set-Cookie") or []
    marks = {"Secure", "SameSite=Lax", "Path=/"}
    assert given and all(marks <= set(one.split("; ")) for one in given), given
    cookies = "; ".join(one.partition(";")[0] for one in given)

    def search(origin: str) -> int:
        path = "/mlflow/ajax-api/2.0/mlflow/runs/search"
        told: dict[str, Any] = {"Cookie": cookies, "Origin": origin, "Content-Type": "application/json"}
        return lab.ask(path, method="POST", body='{"experiment_ids": ["0"]}', **told)[0]

    assert search(f"https://{lab.host}") == 200
    assert search(f"http://{lab.host}") == 403


def test_the_workspace_leads_to_a_component_by_its_name(lab: Lab) -> None:
    token = lab.spec.token.get_secret_value()
    assert lab.ask(f"{COMPONENT}?token={token}", Authorization=as_lab(token))[0] == 200


@pytest.mark.parametrize("place", ELSEWHERE)
def test_the_workspace_leads_nowhere_else(lab: Lab, place: str) -> None:
    status, said, _ = lab.ask(f"/proxy/{place}/", Authorization=lab.token)
    assert status == 403 and NOT_ALLOWED in said.decode()


def test_the_judges_way_is_not_the_learners(lab: Lab) -> None:
    judge = door_config.judge_path(lab.spec, "mlflow")
    assert lab.ask(f"{judge}/health", port=lab.engine.ports[1])[0] == 200
    assert lab.ask(f"{judge}/health", Authorization=lab.token)[0] == 404
    assert lab.ask(f"/{'0' * 40}/mlflow/health", port=lab.engine.ports[1])[0] == 404


def test_the_judges_port_is_on_loopback_only(lab: Lab) -> None:
    assert isinstance(lab.engine.provider, DockerProvider)
    door = api.connect(None).containers.get(lab.engine.provider.settings.door.name)
    published = {key: [one["HostIp"] for one in found] for key, found in door.ports.items() if found}
    assert published[f"{door_config.JUDGES_PORT}/tcp"] == ["127.0.0.1"]


def test_components_end_when_they_are_asked_to(lab: Lab) -> None:
    """By their own signal handling or the image's init: nobody waits for the grace period that a kill ends."""
    assert isinstance(lab.engine.provider, DockerProvider)
    client, door = api.connect(None), lab.engine.provider.settings.door.name
    every = [*(names.container(lab.spec, one) for one in (*COMPONENTS, names.KEEPER)), door]
    for name in every:
        client.api.kill(name, "SIGTERM")
    codes = {name: client.api.wait(name, timeout=60)["StatusCode"] for name in every}
    assert set(codes.values()) <= {0, 143}, codes


def test_what_still_prepares_ends_when_it_is_asked_to(lab: Lab) -> None:
    """It waits for a file that never comes."""
    assert isinstance(lab.engine.provider, DockerProvider)
    client, image = api.connect(None), lab.engine.provider.settings.images["tools"]
    told = {"LAB_PREPARE": json.dumps({"waits": ["/lab/never"]})}
    made = client.containers.create(image, ["sleep", "infinity"], environment=told, network_mode="none")
    try:
        made.start()

        def ended() -> bool:
            with api.stopped_is_fine():
                made.kill("SIGTERM")
            made.reload()
            return bool(made.status == "exited")

        until("it ends", ended)
        assert made.attrs["State"]["ExitCode"] == 143
    finally:
        made.remove(force=True)
