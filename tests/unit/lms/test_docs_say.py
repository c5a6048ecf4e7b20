"""What the documentation tells people to type exists."""

import re
from pathlib import Path

import click
import pytest
import yaml

import deploy.images
import labs.__main__
from labs.components.loader import known_components
from labs.image_recipes import EXAMINER
from labs.images import BASE_PAGE, DEFAULT_BASE
from labs.providers.containers.plan import TOOLS
from labs.providers.kubernetes.settings import ClusterSettings
from lms.cli import main
from lms.config_page import page

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*/*.md")])
WAYS = ("trial", "production")
#: Of the Secrets for cookies, database and broker, where the values say no other.
KEYS = ("secret", "url", "url")
TYPED = re.compile(r"(?:^|`|bin/)lms ((?:[a-z]+)(?: [a-z]+)?)", re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_settings_and_commands_that_a_page_names_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    settings = set(re.findall(r"ACADEMY_[A-Z_]+[A-Z]", page())) | {
        "ACADEMY_DEMO_PASSWORD",
        "ACADEMY_PYTHON",
        "ACADEMY_TEST_DATABASE",
        "ACADEMY_TEST_WITHOUT",
    }
    assert set(re.findall(r"ACADEMY_[A-Z_]+[A-Z]", text)) <= settings
    assert [typed for typed in TYPED.findall(text) if not _exists(typed.split())] == []


def _exists(words: list[str]) -> bool:
    command: click.Command | None = main
    for word in words:
        if not isinstance(command, click.Group):
            return True  # what follows is an argument
        command = command.get_command(click.Context(command), word)
    return command is not None


def test_who_builds_images_is_told_on_which_base() -> None:
    pages = ("how-to/install-on-a-cluster", "how-to/run-a-team-server", "reference/labs-in-containers")
    told = [(ROOT / "docs" / f"{page}.md").read_text() for page in pages]
    for text in (*told, labs.__main__.__doc__, deploy.images.__doc__):
        assert DEFAULT_BASE in str(text)


def test_what_the_platform_says_to_type_can_be_typed() -> None:
    told = [path for path in (ROOT / "lms").glob("**/*.py") if "labs images BASE" in path.read_text(encoding="utf-8")]
    assert told == [], "the base has a default"


def test_every_key_of_a_cluster_s_description_is_told() -> None:
    text = (ROOT / "docs" / "reference" / "labs-on-a-cluster.md").read_text(encoding="utf-8")
    assert [name for name in ClusterSettings.model_fields if f"`{name}`" not in text] == []


def test_who_lacks_the_base_image_is_led_to_a_page_that_makes_one() -> None:
    path, _, heading = BASE_PAGE.partition(" ")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert f"## {heading.strip('()')}\n" in text and "docker import" in text


def test_the_guide_to_clusters_and_the_values_beside_it_name_the_same() -> None:
    guide = (ROOT / "docs" / "how-to" / "install-on-a-cluster.md").read_text(encoding="utf-8")
    trial, production = (yaml.safe_load((ROOT / "k8s" / "ci" / f"{way}-values.yaml").read_text()) for way in WAYS)
    made = set(re.findall(r"create secret generic (\S+)[\s\\]+--from-literal=(\w+)=", guide))
    parts = [production[part] for part in ("secret", "database", "broker")]
    assert made == {
        (part["existingSecret"], part.get("key", default)) for part, default in zip(parts, KEYS, strict=True)
    }
    pulling = {*(one["name"] for one in production["image"]["pullSecrets"]), production["labs"]["pullSecret"]}
    assert pulling == set(re.findall(r"create secret docker-registry (\S+)", guide))
    (registry,) = re.findall(r"^ *registry=(\S+)$", guide, re.MULTILINE)
    for values in (trial, production):
        assert values["image"]["repository"] == f"{registry}/platform"
        named = {name: image.partition("@")[0] for name, image in values["labs"]["images"].items()}
        assert named == {name: f"{registry}/{name}" for name in (*known_components(), TOOLS, EXAMINER)}
        assert f"docker push {values['labs']['resolverImage'].partition('@')[0]}:" in guide
    for part in ("postgresql", "valkey"):
        assert trial[part]["image"].partition("@")[0] == f"{registry}/{part}"
