"""Clusters that others make, with programs of their names that note what they are told: no kind, no k3d, no cluster."""

from pathlib import Path

import pytest

from tests.cluster.equipment import given
from tests.cluster.equipment.__main__ import status
from tests.cluster.equipment.given import Given
from tests.cluster.equipment.places import EquipmentError, Places

#: kind writes the file that is named last, k3d prints what it is asked for.
KIND = """#!/bin/sh
echo kind "$@" >>{log}
case "$1" in create) for last; do :; done; echo theirs >"$last" ;; esac
"""
K3D = """#!/bin/sh
echo k3d "$@" >>{log}
[ "$1" != kubeconfig ] || echo theirs
"""
MADE = {
    "kind": ["kind create cluster --name academy-test --wait 120s --kubeconfig {kubeconfig}"],
    "k3d": [
        "k3d cluster create academy-test --wait --kubeconfig-update-default=false",
        "k3d kubeconfig get academy-test",
    ],
}
LOADED = {
    "kind": "kind load docker-image --name academy-test an/image",
    "k3d": "k3d image import --cluster academy-test an/image",
}
REMOVED = {"kind": "kind delete cluster --name academy-test", "k3d": "k3d cluster delete academy-test"}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "state", tmp_path / "cache")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What was called; nothing is on the PATH yet."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in (given.VARIABLE, given.CHOICE):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "bin").mkdir()
    return tmp_path / "log"


def put_on_the_path(log: Path, *names: str) -> None:
    for name in names:
        program = log.parent / "bin" / name
        program.write_text({"kind": KIND, "k3d": K3D}[name].format(log=log))
        program.chmod(0o755)


def test_our_own_is_made_where_nothing_else_is_installed_or_asked_for(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert given.wanted_maker() == "own"
    put_on_the_path(log, "k3d")
    assert given.wanted_maker() == "k3d"
    put_on_the_path(log, "kind")
    assert given.wanted_maker() == "kind"
    monkeypatch.setenv(given.CHOICE, "own")
    assert given.wanted_maker() == "own"
    monkeypatch.setenv(given.CHOICE, "minikube")
    with pytest.raises(EquipmentError, match="'minikube'; it can be own, kind or k3d"):
        given.wanted_maker()


@pytest.mark.parametrize("maker", ["kind", "k3d"])
def test_what_another_makes_is_used_loaded_and_removed_by_it(log: Path, places: Places, maker: str) -> None:
    put_on_the_path(log, "kind", "k3d")
    assert given.here(places) is None
    assert given.make(maker, places) == given.here(places) == Given(places.kubeconfig, maker)
    assert places.kubeconfig.read_text() == "theirs\n"
    assert given.load(places, "an/image")
    assert given.remove(places)
    made = [line.format(kubeconfig=places.kubeconfig) for line in MADE[maker]]
    assert log.read_text().splitlines() == [*made, LOADED[maker], REMOVED[maker]]
    assert given.here(places) is None and not places.state.exists()


def test_what_nobody_made_is_neither_loaded_nor_removed(log: Path, places: Places) -> None:
    assert not given.load(places, "an/image") and not given.remove(places)
    assert not log.exists()


def test_one_that_could_not_be_made_is_told_and_not_used(log: Path, places: Places) -> None:
    program = log.parent / "bin" / "kind"
    program.write_text("#!/bin/sh\necho no engine runs; exit 1\n")
    program.chmod(0o755)
    with pytest.raises(EquipmentError, match="no engine runs"):
        given.make("kind", places)
    assert given.here(places) is None


def test_a_named_one_wins_and_is_nobody_s_to_end(
    log: Path, places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_on_the_path(log, "kind")
    given.make("kind", places)
    theirs = places.state.parent / "theirs"
    monkeypatch.setenv(given.VARIABLE, str(theirs))
    with pytest.raises(EquipmentError, match="which is no file"):
        given.here(places)
    theirs.touch()
    assert given.here(places) == Given(theirs, None)
    assert status(places) == 0 and str(theirs) in capsys.readouterr().out
