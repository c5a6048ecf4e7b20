"""The parts of the test cluster that need no cluster: texts, files, and who may be ended."""

import json
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cluster.equipment import cgroups
from tests.cluster.equipment.archives import Image, layer, save
from tests.cluster.equipment.cache import cached, key_of
from tests.cluster.equipment.gomod import module_file, staged, version_flags
from tests.cluster.equipment.kubelet import kubelet_configuration
from tests.cluster.equipment.notes import Notes, Process, boot_id, read_notes
from tests.cluster.equipment.places import Places
from tests.cluster.equipment.runtime import containerd_configuration, network_chain

UPSTREAM = """\
module k8s.io/kubernetes

require (
	github.com/google/cadvisor v0.52.1
	k8s.io/api v0.0.0
	k8s.io/kubectl v0.0.0 // indirect
	k8s.io/klog/v2 v2.130.1
	k8s.io/utils v0.0.0-20250604170112-4c0f3b243397
)
"""

MOUNTINFO = """\
30 23 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
32 30 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "state", tmp_path / "cache")


def test_staging_repositories_are_replaced_and_nothing_else() -> None:
    assert staged(UPSTREAM) == ["k8s.io/api", "k8s.io/kubectl"]
    made = module_file(UPSTREAM, "1.34.4")
    assert "\tk8s.io/api => k8s.io/api v0.34.4\n" in made
    assert "k8s.io/utils" not in made
    assert "\tk8s.io/kubernetes v1.34.4\n" in made


def test_what_is_built_beside_is_required_as_well() -> None:
    made = module_file(UPSTREAM, "1.34.4", {"example.org/beside": "2.1.0"})
    assert "\texample.org/beside v2.1.0\n" in made
    assert "example.org/beside =>" not in made


def test_another_layout_of_upstream_is_told() -> None:
    with pytest.raises(ValueError, match="layout"):
        module_file("module k8s.io/kubernetes\n", "1.34.4")


def test_the_version_is_told_to_clients() -> None:
    assert "gitVersion=v1.34.4" in version_flags("1.34.4")
    assert "gitMinor=34" in version_flags("1.34.4")


def test_a_build_is_made_once_and_older_ones_go(tmp_path: Path) -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "program").write_text("x")

    first = cached(tmp_path, "thing", "one", make)
    assert cached(tmp_path, "thing", "one", make) == first
    second = cached(tmp_path, "thing", "two", make)
    assert len(made) == 2
    assert [one.name for one in (tmp_path / "thing").iterdir()] == [second.name]


def test_a_broken_build_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        cached(tmp_path, "thing", "one", fail)
    assert list((tmp_path / "thing").iterdir()) == []


def test_keys_follow_contents_and_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    before = key_of("v1", tmp_path)
    assert key_of("v1", tmp_path) == before
    assert key_of("v2", tmp_path) != before
    (tmp_path / "a").rename(tmp_path / "b")
    assert key_of("v1", tmp_path) != before


def read_json(archive: tarfile.TarFile, name: str) -> Any:
    member = archive.extractfile(name)
    assert member
    return json.load(member)


def test_an_image_is_what_docker_save_writes(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    only = layer(tmp_path / "layer.tar", {"/program": program})
    image = Image("academy.test/thing:1", (only,), ("/program",))
    with tarfile.open(save(image, tmp_path / "image.tar")) as archive:
        listing = read_json(archive, "manifest.json")[0]
        told = read_json(archive, listing["Config"])
        inner = archive.extractfile(listing["Layers"][0])
        with tarfile.open(fileobj=inner) as contents:
            entries = {one.name: (one.mode, one.uid, one.mtime) for one in contents}
    assert listing["RepoTags"] == ["academy.test/thing:1"]
    assert told["config"]["Entrypoint"] == ["/program"]
    assert told["rootfs"]["diff_ids"] == [f"sha256:{listing['Layers'][0].split('/')[0]}"]
    assert entries == {"tmp": (0o1777, 0, 0), "program": (0o755, 0, 0)}


def test_hierarchies_are_read_from_mountinfo() -> None:
    assert cgroups.hierarchies(MOUNTINFO) == [
        ("cgroup", Path("/sys/fs/cgroup/memory")),
        ("cgroup2", Path("/sys/fs/cgroup/unified")),
    ]


def test_containerd_is_told_of_folders_of_the_clusters_own(places: Places) -> None:
    told = tomllib.loads(containerd_configuration(places, Path("/plugins")))
    assert told["grpc"]["address"] == str(places.containerd)
    assert told["root"].startswith(str(places.state))
    cri = told["plugins"]["io.containerd.grpc.v1.cri"]
    assert cri["cni"]["bin_dir"] == "/plugins"
    assert cri["containerd"]["snapshotter"] == "overlayfs"


def test_the_gate_is_last_in_the_chain(places: Places) -> None:
    chain = json.loads(network_chain(places))
    assert [one["type"] for one in chain["plugins"]] == ["bridge", "academy-gate"]
    assert chain["plugins"][0]["ipam"]["ranges"] == [[{"subnet": places.addresses.pods}]]


def test_pods_live_below_a_cgroup_of_the_clusters_own(places: Places) -> None:
    assert kubelet_configuration(places)["cgroupRoot"] == f"/{places.cgroup}"


def test_notes_are_read_as_they_were_written(places: Places) -> None:
    places.state.mkdir()
    notes = Notes(boot_id(), holder=Process("pause", 17, 3.5), components=[Process("etcd", 18, 4.5)], folders=["/a"])
    notes.save(places.notes)
    assert read_notes(places.notes) == notes


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"boot": 1}', '{"boot": "x", "holder": {"pid": 1}}'])
def test_notes_that_cannot_be_read_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    assert read_notes(tmp_path / "state.json") is None


def test_only_the_noted_process_is_ended() -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        noted = Process.of("sleeper", sleeper.pid)
        stranger = Process("sleeper", sleeper.pid, noted.started - 100)
        stranger.end(grace=1)
        assert psutil.Process(sleeper.pid).is_running()
        noted.end(grace=5)
        assert noted.found() is None
    finally:
        sleeper.kill()
        sleeper.wait()
