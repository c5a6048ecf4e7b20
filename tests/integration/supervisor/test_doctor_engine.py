"""`lms doctor` where labs are containers: what it says of a real engine, and of one that is not there."""

from pathlib import Path

import pytest

from labs import images
from lms.config import Settings
from lms.lab_settings import DockerLabs
from lms.supervisor import doctor
from lms.supervisor.finding import Finding
from tests.conftest import make_settings
from tests.factories import docker_images

pytestmark = pytest.mark.docker


@pytest.fixture
def named(tmp_path: Path, databases: None) -> Settings:
    images.write_names(tmp_path / "lab-images.json", docker_images.images())
    return make_settings(tmp_path, provider="docker", lab_images=tmp_path / "lab-images.json")


def look(settings: Settings, *, without: str | None = None) -> dict[str, Finding]:
    if without is not None:
        known = {name: one for name, one in docker_images.images().items() if name != without}
        images.write_names(settings.lab_images_file, known | {"workspace": "academy.test/none:0"})
    return {one.subject: one for one in doctor.examine(settings)}


def test_a_good_engine_is_good_in_every_line(named: Settings) -> None:
    found = look(named)
    lines = ("Docker engine", "limits of labs", "images of labs", "engine's disk")
    assert {name: found[name].state for name in lines[:3]} == dict.fromkeys(lines[:3], "good")
    assert found["Docker engine"].what[0].isdigit(), "its version"
    assert "GB free" in found["engine's disk"].what
    assert not found.keys() & {"labs' environment", "Prometheus", "isolation of exams"}, "processes need these"


def test_what_is_lacking_is_named_with_its_mend(named: Settings) -> None:
    absent = look(named, without="prometheus")["images of labs"]
    assert (absent.state, "prometheus" in absent.what) == ("missing", True)
    assert "python -m labs images" in absent.mend
    named.lab_images_file.write_text(named.lab_images_file.read_text().replace("{", '{"prometheus": "academy/x:0",', 1))
    absent = look(named)["images of labs"]
    assert absent.state == "missing" and "academy.test/none:0" in absent.what and "academy/x:0" in absent.what
    named.lab_images_file.unlink()
    absent = look(named)["images of labs"]
    assert (absent.state, str(named.lab_images_file) in absent.what) == ("missing", True)


def test_an_engine_that_is_down_is_said_and_the_rest_is_looked_at(named: Settings, tmp_path: Path) -> None:
    nowhere = DockerLabs(engine=f"unix://{tmp_path}/nobody.sock")
    found = look(make_settings(tmp_path, provider="docker", docker=nowhere))
    assert (found["Docker engine"].state, "nobody.sock" in found["Docker engine"].what) == ("missing", True)
    assert "ACADEMY_DOCKER_ENGINE" in found["Docker engine"].mend
    assert found["platform"].state == "good"
