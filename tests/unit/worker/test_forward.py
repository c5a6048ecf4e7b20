"""The forwarder waits until the cluster is described and can be reached, and says each reason once."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lms.config import Settings
from tests.factories.kubeconfigs import NOBODY_THERE
from worker import forward


@pytest.mark.parametrize(
    ("door", "port"), [("{kind: forward, scheme: http, port: 8443}", 8443), ("{kind: ingress}", None)]
)
def test_it_waits_for_a_description_and_a_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, door: str, port: int | None
) -> None:
    cluster, kubeconfig = tmp_path / "cluster.yaml", tmp_path / "kubeconfig"
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig))
    described = f"images: {{}}\nresolver_image: x\ndoor: {door}\n"
    meanwhile: Iterator[Callable[[], object]] = iter(
        [
            lambda: None,
            lambda: cluster.write_text(described),
            lambda: None,
            lambda: kubeconfig.write_text(NOBODY_THERE),
        ]
    )
    monkeypatch.setattr(time, "sleep", lambda seconds: next(meanwhile)())
    settings = Settings.model_validate({"home": tmp_path, "provider": "kubernetes", "cluster": cluster})
    with caplog.at_level(logging.WARNING):
        forwarder, found = forward._wait_for_cluster(settings)
    assert (found, forwarder.installation, forwarder.domain) == (port, settings.installation, settings.labs_host)
    described_late, reached_late = caplog.messages
    assert "cluster.yaml" in described_late and "no way to the cluster" in reached_late
    assert next(meanwhile, None) is None
