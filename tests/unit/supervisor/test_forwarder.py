"""When the supervisor starts a forwarder: for labs on a cluster whose door is a port of this machine, and only then."""

from pathlib import Path

import pytest

from lms.config import Settings
from lms.supervisor import plan

FORWARD = "images: {}\nresolver_image: x\ndoor: {kind: forward, scheme: http, port: 8443}\n"
ROUTE = "images: {}\nresolver_image: x\n"


@pytest.mark.parametrize(("provider", "text", "parts"), [
    ("kubernetes", FORWARD, ["forwarder"]), ("kubernetes", ROUTE, []), ("process", FORWARD, []),
])  # fmt: skip
def test_a_forwarder_is_started_where_the_door_is_a_port(
    tmp_path: Path, provider: str, text: str, parts: list[str]
) -> None:
    cluster = tmp_path / "cluster.yaml"
    cluster.write_text(text)
    settings = Settings.model_validate({"home": tmp_path, "provider": provider, "cluster": cluster})
    assert [one.name for one in plan.forwarder(settings)] == parts
