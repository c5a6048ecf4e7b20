"""The file that says what the cluster is like: what it need not say, and all its mistakes at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.errors import OurFault
from labs.providers.kubernetes.opening import connect, read_settings

IMAGES = {"tools": "registry.example/tools@sha256:0", "resolver": "registry.example/coredns@sha256:1"}


def test_images_that_were_built_need_not_be_written_again(tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text("images: {workspace: mine@sha256:2}\nown_ranges: [203.0.113.0/24, 2001:db8::/32]\n")
    settings = read_settings(file, IMAGES)
    assert settings.images == {"tools": IMAGES["tools"], "workspace": "mine@sha256:2"}
    assert settings.resolver_image == IMAGES["resolver"]
    assert list(map(str, settings.own_ranges)) == ["203.0.113.0/24", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("door: {kind: tunnel}\nown_ranges: [10.0.0.1/8]\nstorage: fast", ("door.kind", "own_ranges", "storage")),
        ("- a\n- b", ("mapping",)),
        ("a: [", ("cannot be read",)),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, text: str, says: tuple[str, ...]) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(text)
    with pytest.raises(OurFault) as found:
        read_settings(file, IMAGES)
    assert all(one in str(found.value) for one in says)


def test_a_cluster_without_a_way_to_it_is_told_of(tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(f"kubeconfig: {tmp_path}/none")
    with pytest.raises(OurFault, match="none"):
        connect(read_settings(file, IMAGES))
