"""Names of images follow from what they are made of; packages are chosen for the base's own Python."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from labs import images
from labs.image_recipes import Recipe, recipes
from labs.wheels import Target, that_apply

LOCK = """\
# by make lock
old==1.0 ; python_full_version < '3.11.5' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
new==2.0 ; python_full_version >= '3.11.5' \\
    --hash=sha256:cc
here[extra]==3.0 ; sys_platform == 'linux' \\
    --hash=sha256:dd
elsewhere==4.0 ; sys_platform == 'win32' \\
    --hash=sha256:ee
always==5.0 \\
    --hash=sha256:ff
"""


def target(version: str, libc: str = "glibc 2.36") -> Target:
    told = {
        "python_full_version": version, "python_version": version.rpartition(".")[0], "sys_platform": "linux",
        "platform_machine": "x86_64", "libc": libc,
    }  # fmt: skip
    return Target(json.dumps(told))


@pytest.mark.parametrize(
    ("version", "chosen"), [("3.11.2", "old==1.0"), ("3.11.7", "new==2.0"), ("3.13.0", "new==2.0")]
)
def test_packages_are_chosen_by_the_bases_python_and_not_by_ours(version: str, chosen: str) -> None:
    lines = list(that_apply(LOCK, target(version)))
    assert [line.split()[0] for line in lines] == [chosen, "here==3.0", "always==5.0"]
    assert all("--hash=sha256:" in line and ";" not in line for line in lines)


def test_wheels_for_older_c_libraries_fit_and_for_newer_ones_do_not() -> None:
    told = target("3.11.2", "glibc 2.28").pip
    assert "manylinux_2_28_x86_64" in told and "manylinux_2_17_x86_64" in told and "manylinux2014_x86_64" in told
    assert "manylinux_2_29_x86_64" not in told


def recipe(folder: Path) -> Recipe:
    return Recipe("one", folder / "Dockerfile", {"component/file": folder / "file"}, {"TOOLS": "academy/tools:1"})


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)


@pytest.mark.parametrize(
    ("change", "is_new"),
    [
        (lambda folder: os.utime(folder / "file", (1, 1)), False),
        (lambda folder: write(folder / "file", "other"), True),
        (lambda folder: (folder / "file").chmod(0o755), True),
        (lambda folder: write(folder / "Dockerfile", "FROM other"), True),
    ],
    ids=["time", "content", "mode", "dockerfile"],
)
def test_an_image_is_named_by_its_inputs(tmp_path: Path, change: Callable[[Path], None], is_new: bool) -> None:
    for name in ("Dockerfile", "file"):
        write(tmp_path / name, name)
    before = recipe(tmp_path).tag("academy")
    change(tmp_path)
    assert (recipe(tmp_path).tag("academy") != before) is is_new


def test_another_base_is_another_image_of_every_component() -> None:
    one, two = (recipes(base, find_program=lambda _: "/bin/sh") for base in ("sha256:1", "sha256:2"))
    assert {name for name in one if one[name].digest == two[name].digest} == set()
    assert {"tools", "door", "mlflow", "serving", "prometheus", "workspace"} <= one.keys()


def test_everybody_may_read_the_names(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        images.write_names(tmp_path / "names.json", {"tools": "academy/tools:1"})
    finally:
        os.umask(before)
    assert (tmp_path / "names.json").stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["names.json"]
