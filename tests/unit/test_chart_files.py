"""What can be said of the chart without Helm."""

import re
import tomllib
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).parents[2]
CHART = CHECKOUT / "k8s"


def test_every_value_has_a_comment() -> None:
    lines = (CHART / "values.yaml").read_text().splitlines()
    bare = [
        line
        for above, line in zip(["", *lines], lines, strict=False)
        if re.match(r"\s*[A-Za-z]\w*:", line) and not above.strip().startswith("#")
    ]
    assert bare == []


def test_chart_images_and_package_are_of_one_version() -> None:
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert chart["appVersion"] == version
    assert {values[part]["image"].rpartition(":")[2] for part in ("postgresql", "valkey")} == {version}
    assert f"IMAGE_VERSION:-{version}}}" in (CHECKOUT / "compose.yaml").read_text()
