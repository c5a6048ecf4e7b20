"""What the parts of an instance are told of the engine and the cluster that run labs."""

from pathlib import Path

import pytest

from lms.config import Settings
from lms.supervisor import plan
from lms.supervisor.places import Places

WAYS = {
    "KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT",
    "DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG",
}  # fmt: skip
HOLDERS = {"worker", "examiner", "forwarder"}


def test_only_what_holds_labs_is_told_the_way_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = tmp_path / "cluster.yaml"
    cluster.write_text("images: {}\nresolver_image: x\ndoor: {kind: forward, scheme: http, port: 8443}\n")
    for name in WAYS:
        monkeypatch.setenv(name, "a way")
    settings = Settings.model_validate({"home": tmp_path, "provider": "kubernetes", "cluster": cluster})
    places = Places.of(settings)
    parts = [
        plan.broker(settings, places), plan.web(settings), *plan.workers(places), *plan.forwarder(settings),
        plan.exporter(settings),
    ]  # fmt: skip
    told = {one.name: plan.child_environment(settings, holds_labs=one.holds_labs).keys() & WAYS for one in parts}
    assert told == {one.name: WAYS if one.name in HOLDERS else set() for one in parts}
    assert told.keys() >= HOLDERS | {"web", "beat", "broker"}
