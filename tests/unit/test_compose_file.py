"""compose.yaml hands the containers every setting that the settings' page names, but those it decides itself."""

import re
from pathlib import Path

import yaml

from lms import config_page

CHECKOUT = Path(__file__).parents[2]
#: What is fixed within a container, and why nobody may change it there.
FIXED = {
    "ACADEMY_HOME": "the image says it",
    "ACADEMY_INSTANCE": "the volume is that of one instance",
    "ACADEMY_BIND": "of this name is the machine's address on which the web is published",
    "ACADEMY_PORT": "of this name is the machine's port on which the web is published",
    "ACADEMY_PART": "each container is one",
    "ACADEMY_DATABASE": "it is the PostgreSQL beside them",
    "ACADEMY_BROKER": "it is the Valkey beside them",
    "ACADEMY_LAB_IMAGES": "of this name is the machine's file that is mounted",
    "ACADEMY_PROVIDER": "labs are containers here",
    "ACADEMY_SECRETS": "there is no folder of secrets",
    "ACADEMY_CLUSTER": "labs are containers here",
    "ACADEMY_ACCEPT_PROCESS_LABS_BEYOND_LOOPBACK": "labs are containers here",
    "ACADEMY_DOCKER_ENGINE": "it is the socket that is mounted",
    "ACADEMY_LIMITS_ENABLED": "for tests only",
}


def test_every_setting_of_the_page_reaches_the_containers() -> None:
    services = yaml.safe_load((CHECKOUT / "compose.yaml").read_text())["services"]
    named = set(re.findall(r"^\| `(ACADEMY_\w+)`", config_page.page(), re.MULTILINE))
    assert len(named) > 30
    handed_on = {name for name, value in services["web"]["environment"].items() if value is None or "${" in str(value)}
    assert named - handed_on == FIXED.keys()
    for part in ("migrate", "worker", "examiner", "beat"):
        lacking = services["web"]["environment"].keys() - services[part]["environment"].keys()
        assert lacking == {"ACADEMY_SECRET"}, "only the web signs cookies"
        assert services[part]["environment"]["ACADEMY_PART"] == part
