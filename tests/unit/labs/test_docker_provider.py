"""The Docker provider against an engine in memory: the same end state wherever its caller is killed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs.errors import LabSuperseded, NotOurs, ProviderAway
from labs.providers.docker import commands, keeper, names
from labs.providers.machine import readiness
from tests.unit.labs.engine_in_memory import EVERYTHING, LAB, Machine, order, ready
from tests.unit.labs.fake_engine import Killed


@pytest.fixture(autouse=True)
def _answering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "answers", lambda *_, **__: True)
    monkeypatch.setattr(readiness, "page", lambda *_, **__: "/")


def test_a_lab_starts_once_and_is_adopted(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    first = ready(machine.provider(), order())
    made = machine.engine.shape()
    assert set(made["containers"]) == {"academy-main.door", f"{LAB}.keeper", *(f"{LAB}.{one}" for one in EVERYTHING)}
    assert machine.provider().ensure(order()) == first
    assert machine.provider().observe(order()) == first
    assert machine.engine.shape() == made
    assert first.door and first.door.url == "http://lab-17.academy.localhost:8300"


def test_every_container_of_a_lab_is_hardened(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    ready(machine.provider(), order())
    for name, one in machine.engine.boxes.items():
        options = one["options"]
        assert options["user"] == "1000:1000" and options["read_only"] and options["cap_drop"] == ["ALL"], name
        assert options["security_opt"] == ["no-new-privileges"] and not options["privileged"], name
        assert options["mem_limit"] == options["memswap_limit"] and options["pids_limit"] and options["nano_cpus"]
        assert "only-for-this-lab" not in json.dumps([one["Labels"], options["command"]])
        if name != "academy-main.door":
            assert "ports" not in options and options.get("network", LAB) == LAB


def test_what_speaks_no_http_is_asked_in_its_container_and_the_door_knows_no_way_to_it(tmp_path: Path) -> None:
    machine, lab = Machine(tmp_path), order(components=("prometheus", "kafka"))
    machine.engine.deaf = {"kafka"}
    seen = [machine.provider().ensure(lab) for _ in range(5)][-1]
    assert [one.phase for one in seen.components] == ["ready", "starting"]
    machine.engine.deaf = set()
    assert [one.address is None for one in ready(machine.provider(), lab).components] == [False, True]
    known = {name.removeprefix(f"{LAB}."): one["Labels"] for name, one in machine.engine.boxes.items()}
    assert (known["prometheus"][names.PORT], known["kafka"][names.PORT]) == ("9090", "")


def test_stopping_keeps_the_disk_and_deleting_leaves_only_the_door(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    ready(machine.provider(), order())
    assert machine.provider().stop(order()).state == "stopped"
    left = machine.engine.shape()
    assert set(left["containers"]) == {"academy-main.door"}
    assert left["disks"][f"{LAB}.g1"] and f"{LAB}.g1" in left["volumes"]
    assert [(one.name, one.running) for one in machine.provider().list_owned()] == [("lab-17", False)]
    machine.provider().delete(order())
    machine.provider().delete(order())
    assert machine.engine.shape()["disks"] == {} and machine.provider().list_owned() == []
    assert machine.provider().observe(order()).state == "absent"


def test_a_reset_gets_another_disk_and_an_old_order_is_refused(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    ready(machine.provider(), order())
    ready(machine.provider(), order(generation=2))
    assert set(machine.engine.shape()["disks"]) == {f"{LAB}.g2"}
    for call in (machine.provider().ensure, machine.provider().stop, machine.provider().delete):
        with pytest.raises(LabSuperseded):
            call(order())


def test_a_changed_order_replaces_only_what_it_changes(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    ready(machine.provider(), order())
    before = {name: one["Id"] for name, one in machine.engine.boxes.items()}
    ready(machine.provider(), order(token="another-token-of-20-letters"))
    changed = {name for name, one in machine.engine.boxes.items() if before[name] != one["Id"]}
    assert {f"{LAB}.workspace", f"{LAB}.prometheus"} <= changed
    assert not {"academy-main.door", f"{LAB}.keeper"} & changed


def test_a_loop_device_that_changed_after_a_restart_of_the_machine_is_followed(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    ready(machine.provider(), order())
    for one in machine.engine.boxes.values():
        one["State"] = "exited"
    machine.engine.loops = {"/disks/somebody-else": "/dev/loop0", f"/disks/{LAB}.g1.ext4": "/dev/loop5"}
    ready(machine.provider(), order())
    assert machine.engine.vols[f"{LAB}.g1"]["Options"]["device"] == "/dev/loop5"


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.engine.images.discard("academy/serving:1")
    seen = machine.provider().ensure(order())
    assert seen.state == "failed" and seen.problem
    assert seen.problem.whose == "ours" and "academy/serving:1" in seen.problem.what


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ({"ExitCode": 1}, "serving ended 3 times"),
        ({"ExitCode": 137}, "serving was killed 3 times"),
        ({"ExitCode": 137, "OOMKilled": True}, "serving needed more memory than"),
        ({"ExitCode": 1, "OOMKilled": True}, "serving needed more memory than"),
    ],
)
def test_a_component_that_does_not_stay_up_is_named(tmp_path: Path, ended: dict[str, object], said: str) -> None:
    machine = Machine(tmp_path)
    ready(machine.provider(), order())
    for _ in range(3):
        machine.engine.boxes[f"{LAB}.serving"] |= {"State": "exited", "ended": ended}
        seen = machine.provider().ensure(order())
    assert seen.problem and seen.problem.what.startswith(said)


def test_an_engine_that_hangs_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the first step of a lab, nor the reading of a file, nor a command that is over its time."""
    for module, limit in ((keeper, "READ_SECONDS"), (keeper, "PREPARE_SECONDS"), (commands, "GRACE_SECONDS")):
        monkeypatch.setattr(module, limit, 0.02)
    machine = Machine(tmp_path)
    ready(machine.provider(), order())
    machine.engine.hangs = True
    with pytest.raises(ProviderAway, match=r"did not end a command in academy-main\.lab-17\.keeper"):
        machine.provider().read(order(), "train.py")
    with pytest.raises(ProviderAway, match="did not end a command that is over its time"):
        machine.provider().run(order(), ["train"], timeout=0.02)
    assert not [name for name in machine.engine.boxes if "run-" in name]
    with pytest.raises(ProviderAway, match="did not end a command"):
        machine.provider().ensure(order(lab_id=18, name="lab-18"))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_call_of_starting_the_end_is_the_same(tmp_path: Path, after: bool) -> None:
    whole = Machine(tmp_path / "whole")
    ready(whole.provider(), order())
    for number in range(len(whole.engine.calls)):
        machine = Machine(tmp_path / f"{number}")
        with pytest.raises(Killed):
            ready(machine.killed(number, after=after), order())
        ready(machine.alive(), order())
        assert machine.engine.shape() == whole.engine.shape(), (number, whole.engine.calls[number])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_call_of_deleting_nothing_is_left(tmp_path: Path, after: bool) -> None:
    number, done = 0, False
    while not done:
        machine = Machine(tmp_path / f"{number}")
        ready(machine.provider(), order())
        try:
            machine.killed(number, after=after).delete(order())
            done = True
        except Killed:
            machine.alive().delete(order())
        left = machine.engine.shape()
        assert set(left["containers"]) == {"academy-main.door"} and left["disks"] == {}, number
        assert machine.alive().list_owned() == []
        number += 1
    assert number > 10


def test_only_a_lab_that_declares_it_is_told_of_a_way_out(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    ready(machine.provider(), order())
    assert "HTTP_PROXY" not in machine.engine.boxes[f"{LAB}.workspace"]["options"]["environment"]
    ready(machine.provider(), order(egress=True))
    told = machine.engine.boxes[f"{LAB}.workspace"]["options"]["environment"]
    assert told["HTTPS_PROXY"].endswith(":3128") and "mlflow" in told["NO_PROXY"]
    assert machine.engine.nets[LAB]["Internal"]


def test_what_is_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.engine.vols[f"{LAB}.g1"] = {"Labels": {}, "Options": None}
    with pytest.raises(NotOurs, match="somebody else's"):
        machine.provider().ensure(order())
    assert f"{LAB}.g1" in machine.engine.vols


def test_a_lab_that_needs_a_cluster_says_so(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    seen = machine.provider().ensure(order(kubectl=True))
    assert seen.state == "failed" and seen.problem and "cluster" in seen.problem.what
    assert machine.engine.boxes == {}
