"""The four components together: who may come in, by which name, and what the model server does."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from labs.door_key import CLAIM_LETTERS, door_key, new_claim
from labs.ports import Observation
from labs.spec import LabSpec
from tests.factories.waiting import until
from tests.integration.labs.conftest import ProcessCase
from tests.integration.labs.waiting import must_have_shown_its_page, until_ready

COMPONENTS = ("mlflow", "serving", "prometheus", "workspace")
TRAIN = """
import mlflow, pandas
from pathlib import Path
from sklearn.linear_model import LogisticRegression
frame = pandas.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [1.0, 0.0, 1.0, 0.0]})
model = LogisticRegression().fit(frame, [0, 0, 1, 1])
with mlflow.start_run():
    options = {"registered_model_name": "tiny", "pip_requirements": ["scikit-learn"]}
    mlflow.sklearn.log_model(model, name="model", input_example=frame, **options)
mlflow.MlflowClient().set_registered_model_alias("tiny", "champion", 1)
Path("serving.yaml").write_text("model: tiny\\nalias: champion\\n")
"""


class Lab:
    """A running lab and ways to knock at it."""

    def __init__(self, case: ProcessCase, spec: LabSpec, seen: Observation) -> None:
        self.case, self.spec, self.seen = case, spec, seen
        self.token = spec.token.get_secret_value()

    def port(self, component: str) -> int:
        one = self.seen.component(component)
        assert one and one.address
        return urlsplit(one.address).port or 0

    def ask(
        self, component: str, path: str, *, method: str = "GET", body: object = None, **headers: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port(component), timeout=30)
        payload = None if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=payload, headers={"Content-Type": "application/json"} | named)
        reply = connection.getresponse()
        try:
            return reply.status, b"" if reply.status == 101 else reply.read(), reply.headers
        finally:
            connection.close()

    @property
    def host(self) -> str:
        return f"{self.spec.host}:{self.port('workspace')}"

    @property
    def owner(self) -> dict[str, str]:
        """What the owner's browser sends to the workspace."""
        return {"Host": self.host, "Authorization": f"token {self.token}"}

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"lab:{self.token}".encode()).decode()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One lab with everything, for all tests of this file."""
    case = ProcessCase(tmp_path_factory.mktemp("door"))
    spec = case.order(components=COMPONENTS, frame_origin="http://academy.localhost:8000")
    yield Lab(case, spec, until_ready(case.provider, spec))
    case.clean_up()


@pytest.mark.parametrize(
    ("component", "path"),
    [
        ("mlflow", "/"),
        ("mlflow", "/api/2.0/mlflow/experiments/search?max_results=1"),
        ("serving", "/health"),
        ("workspace", "/api"),
    ],
)
def test_a_foreign_host_name_is_refused(lab: Lab, component: str, path: str) -> None:
    assert lab.ask(component, path, Host="evil.example:80")[0] in (400, 403)
    assert lab.ask(component, path, Host=f"127.0.0.1:{lab.port(component)}")[0] == 200
    assert lab.ask(component, path, Host=lab.host)[0] == 200


@pytest.mark.parametrize(
    "path", ["/api/contents", "/api/terminals", "/mlflow/", "/serving/health", "/prometheus/-/ready"]
)
def test_the_workspace_asks_for_the_token(lab: Lab, path: str) -> None:
    assert lab.ask("workspace", path, Host=lab.host)[0] in (302, 403)
    assert lab.ask("workspace", path, Host=lab.host, Authorization="token wrong")[0] in (302, 403)
    assert lab.ask("workspace", path, **lab.owner)[0] == 200


def test_it_was_not_ready_before_its_page_was_shown(lab: Lab) -> None:
    must_have_shown_its_page(lab.case.provider, lab.spec)


def test_the_key_of_a_claim_opens_it_and_no_other_text_does(lab: Lab) -> None:
    """A claim that was made up just now: nobody told the lab of it."""
    right = door_key(lab.spec.token, new_claim())
    wrong = {
        "another seal": right[:-1] + ("0" if right[-1] != "0" else "1"),
        "another claim": new_claim() + right[CLAIM_LETTERS:],
        "another lab": door_key(SecretStr("the-token-of-another-lab-0123"), new_claim()),
        "a claim alone": new_claim(),
        "too short": door_key(lab.spec.token, "claim"),
        "not ASCII": right[:-1] + "%C3%A4",
    }
    assert lab.ask("workspace", f"/lab?token={right}", Host=lab.host)[0] == 200
    for path in ("/api/contents", "/prometheus/-/ready"):
        assert lab.ask("workspace", path, Host=lab.host, Authorization=f"token {right}")[0] == 200
    for what, key in wrong.items():
        assert lab.ask("workspace", f"/api/contents?token={key}", Host=lab.host)[0] == 403, what


def test_web_sockets_ask_for_the_token_too(lab: Lab) -> None:
    _, body, _ = lab.ask("workspace", "/api/terminals", method="POST", **lab.owner)
    path = f"/terminals/websocket/{json.loads(body)['name']}"
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": key}
    assert lab.ask("workspace", path, Host=lab.host, **upgrade)[0] == 403
    assert lab.ask("workspace", path, **lab.owner, **upgrade)[0] == 101
    foreign = lab.owner | {"Host": "evil.example", "Origin": "http://evil.example"}
    assert lab.ask("workspace", path, **foreign, **upgrade)[0] == 403


def test_prometheus_asks_for_the_credential(lab: Lab) -> None:
    assert lab.ask("prometheus", "/-/ready")[0] == 401
    assert lab.ask("prometheus", "/-/ready", Authorization=lab.basic)[0] == 200
    assert lab.ask("prometheus", "/-/reload", method="POST", Authorization=lab.basic)[0] == 200


@pytest.mark.parametrize("path", ["/lab", "/mlflow/", "/serving/health", "/prometheus/classic/graph"])
def test_only_the_platform_may_frame_the_lab(lab: Lab, path: str) -> None:
    _, _, headers = lab.ask("workspace", path, **lab.owner)
    assert headers["Content-Security-Policy"] == "frame-ancestors 'self' http://academy.localhost:8000"
    assert headers["X-Frame-Options"] is None


def test_every_page_for_people_answers(lab: Lab) -> None:
    pages = {one.name: one.page for one in lab.seen.components if one.page}
    assert set(pages) == {"mlflow", "serving", "prometheus"}
    for name, page in pages.items():
        path = f"/{name}{page.partition('#')[0]}"
        status, body, _ = lab.ask("workspace", path, **lab.owner)
        assert status == 200, path
        assert b"cdn." not in body and b'src="http' not in body, path


def test_the_model_server_follows_the_registry(lab: Lab) -> None:
    status, body, _ = lab.ask("serving", "/predict", method="POST", body={"inputs": [{"x": 1, "y": 2}]})
    assert status == 503 and b"serving.yaml" in body
    nothing = json.loads(lab.ask("serving", "/schema")[1])
    assert nothing["model"] is None and "serving.yaml" in nothing["why"]
    ran = lab.case.provider.run(lab.spec, ["python", "-c", TRAIN], timeout=120)
    assert ran.exit == 0, ran.stderr
    until("the model is served", lambda: json.loads(lab.ask("serving", "/health")[1])["model"] is not None)
    rows = [{"x": 3, "y": 0}, {"y": 1, "x": 0}]
    status, body, _ = lab.ask("serving", "/predict", method="POST", body={"inputs": rows})
    assert (status, json.loads(body)) == (200, {"predictions": [1, 0], "model": {"name": "tiny", "version": "1"}})
    described = json.loads(lab.ask("serving", "/schema")[1])
    assert described["inputs"] == [{"name": name, "type": "double", "required": True} for name in ("x", "y")]
    assert described["example"] == {"x": 0.0, "y": 1.0}
    wrong: list[object] = [{"inputs": [{"x": 1}]}, {"inputs": []}, {"rows": []}, {"inputs": [{"x": "a", "y": "b"}]}]
    for bad in wrong:
        assert lab.ask("serving", "/predict", method="POST", body=bad)[0] == 422, bad
    metrics = lab.ask("serving", "/metrics")[1].decode()
    assert 'predictions_total{model="tiny",version="1"} 2.0' in metrics
    assert 'model_loaded_info{model="tiny",version="1"} 1.0' in metrics
    assert 'prediction_errors_total{reason="bad_input"} 4.0' in metrics


def test_prometheus_scrapes_the_model_server_and_itself(lab: Lab) -> None:
    def health() -> dict[str, str]:
        _, body, _ = lab.ask("prometheus", "/api/v1/targets?state=active", Authorization=lab.basic)
        return {one["labels"]["job"]: one["health"] for one in json.loads(body)["data"]["activeTargets"]}

    until("both targets are up", lambda: health() == {"serving": "up", "prometheus": "up"})


def test_workspace_files_are_the_root_of_the_workspace(lab: Lab, tmp_path: Path) -> None:
    lab.case.write(lab.spec, "note.txt", b"hello")
    _, body, _ = lab.ask("workspace", "/api/contents/note.txt", **lab.owner)
    assert json.loads(body)["content"] == "hello"
