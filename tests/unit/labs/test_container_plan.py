"""What a lab is as containers: the plan of every component, and what it must never hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs.components.loader import known_components
from labs.providers.containers.places import UID
from labs.providers.containers.plan import ContainerPlan, Mount, plan, tools
from labs.spec import LabSpec, Limits
from tests.factories.golden import assert_golden

GOLDEN = Path(__file__).with_name("golden_plan.txt")
TOKEN = "only-for-this-lab-0123456789"
EVERYTHING = ("mlflow", "serving", "prometheus", "workspace")
IMAGES = {name: f"academy/{name}:1" for name in (*EVERYTHING, "kafka", "tools")}


def order(**changes: object) -> LabSpec:
    values: dict[str, object] = {
        "installation": "main-1", "lab_id": 17, "name": "lab-17", "components": EVERYTHING,
        "host": "lab-17.academy.localhost", "token": TOKEN, "limits": Limits(memory_mb=2000),
    }  # fmt: skip
    return LabSpec.model_validate(values | changes)


def planned(lab: LabSpec, name: str) -> ContainerPlan:
    return next(one for one in whole(lab) if one.name == name)


def whole(lab: LabSpec) -> tuple[ContainerPlan, ...]:
    return plan(lab, known_components(), IMAGES, address=lambda name: name, door="http://lab-17.academy.localhost:8080")


def shown(one: ContainerPlan) -> str:
    """A plan as a person reads it: what differs between components, secrets replaced."""
    common = set(tools(order(), known_components(), "i", address=lambda name: name).environment)
    own = {key: value for key, value in sorted(one.environment.items()) if key not in common - {"HOME", "LAB_PREPARE"}}
    mounts = [f"{m.volume} at {m.path}{', read only' if m.read_only else ''}" for m in one.mounts]
    lines = [
        f"== {one.name}: {one.image}",
        f"argv: {' '.join(one.argv)}",
        f"asked: {one.ready} on {one.port}, credential {one.credential}, metrics {one.metrics}",
        f"may use: {one.memory_mb} MB, {one.cpus} CPUs, {one.processes} processes",
        *(f"mount: {mount}" for mount in mounts),
        *(f"{key}={value}" for key, value in own.items()),
        *(f"file {name}:\n{text.rstrip()}" for name, text in one.files.items()),
    ]
    return "\n".join(lines).replace(TOKEN, "<token>")


def test_the_plan_is_the_golden_one() -> None:
    assert_golden(GOLDEN, "\n\n".join(map(shown, whole(order()))) + "\n")


def test_the_same_order_gives_the_same_digests_and_another_token_others_where_it_is_known() -> None:
    first = {one.name: one.digest for one in whole(order())}
    assert first == {one.name: one.digest for one in whole(order())}
    other = {one.name: one.digest for one in whole(order(token="another-token-of-20-letters"))}
    assert {name for name in first if first[name] != other[name]} == {"prometheus", "workspace"}


def test_only_who_asks_for_it_knows_the_token() -> None:
    knowing = {one.name for one in whole(order()) if TOKEN in json.dumps([dict(one.environment), dict(one.files)])}
    assert knowing == {"workspace", "prometheus"}
    assert all(TOKEN not in " ".join(one.argv) for one in whole(order()))


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_path_that_a_component_writes_is_a_mount(name: str) -> None:
    one = planned(order(), name)
    places = {mount.path for mount in one.mounts if not mount.read_only}
    text = " ".join([*one.argv, *one.environment.values()])
    assert ("/lab/state" in text) == ("/lab/state" in places)
    assert one.environment["HOME"] in {mount.path for mount in one.mounts}
    assert one.environment["TMPDIR"] in places


def test_the_containers_together_stay_within_the_labs_memory() -> None:
    assert sum(one.memory_mb for one in whole(order())) <= 2000
    alone = order(components=("prometheus",))
    assert planned(alone, "prometheus").memory_mb == 2000


def test_commands_run_where_the_learner_works() -> None:
    one = tools(order(), known_components(), "academy/tools:1", address=lambda name: name)
    assert one.mounts[:2] == (Mount("work", "/lab/work"), Mount("home", "/lab/home"))
    assert one.environment["MLFLOW_TRACKING_URI"] == "http://mlflow:5000"
    assert json.loads(one.environment["LAB_PREPARE"])["copies"] == {"/lab/home/env": "/opt/layer"}


def test_a_broker_is_known_by_the_address_to_which_it_sends_its_clients() -> None:
    lab = order(components=("workspace", "kafka"))
    known = planned(lab, "workspace").environment["KAFKA_BOOTSTRAP_SERVERS"]
    assert known == "kafka:9092"
    assert f"--advertised-listener-url=tcp://{known}" in planned(lab, "kafka").argv
    assert [mount.volume for mount in planned(lab, "kafka").mounts] == ["tmp"], "nothing of it outlives a stop"


def test_nobody_is_root() -> None:
    assert UID == 1000
