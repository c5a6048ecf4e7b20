"""Old images of labs go, on a real engine; what a container uses, a list names or somebody else made stays."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docker.errors import ImageNotFound

from labs import old_images
from labs.__main__ import main
from labs.images import INPUTS_LABEL
from labs.providers.docker import api
from labs.providers.docker.api import Client

pytestmark = pytest.mark.docker


@pytest.fixture
def prefix() -> Iterator[str]:
    """Images with this name in front are this test's own; none is left."""
    name = f"academy-test-{secrets.token_hex(4)}"
    yield name
    client = api.connect(None)
    for one in client.containers.list(all=True, filters={"label": f"test={name}"}):
        one.remove(force=True)
    for image in client.images.list(filters={"label": f"test={name}"}):
        with suppress(ImageNotFound):
            client.images.remove(image.id, force=True)


def made(client: Client, prefix: str, name: str, *, ours: bool = True) -> str:
    """An image of nothing, as ours are labelled."""
    labels = {"test": prefix} | ({INPUTS_LABEL: secrets.token_hex(8)} if ours else {})
    reference = f"{prefix}/{name}:{secrets.token_hex(8)}"
    dockerfile = io.BytesIO(f"FROM scratch\nLABEL it={reference}\n".encode())
    client.images.build(fileobj=dockerfile, tag=reference, labels=labels, rm=True)
    return reference


def test_only_what_nothing_uses_and_no_list_names_goes(prefix: str) -> None:
    client = api.connect(None)
    old, listed, used = (made(client, prefix, "mlflow") for _ in range(3))
    old_tools = made(client, prefix, "tools")
    foreign, unknown = made(client, prefix, "mlflow", ours=False), made(client, prefix, "platform")
    client.containers.create(used, ["nothing"], labels={"test": prefix})  # not running: a stopped one uses it too
    assert old_images.remove(client, keep={listed}, prefix=prefix) == sorted([old, old_tools])
    left = {tag for image in client.images.list(filters={"label": f"test={prefix}"}) for tag in image.tags}
    assert left == {listed, used, foreign, unknown}
    assert old_images.remove(client, keep={listed}, prefix=prefix) == []


def test_without_a_list_nothing_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ACADEMY_HOME", str(tmp_path))
    monkeypatch.setattr(old_images, "remove", lambda *_, **__: pytest.fail("it removed something"))
    assert main(["images", "--prune"]) == 1
    assert "lab-images.json" in capsys.readouterr().out
