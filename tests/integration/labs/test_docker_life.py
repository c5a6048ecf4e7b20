"""What befalls labs in containers: restarts of the machine, lack of memory, missing images, an engine that is away."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from labs.errors import NotOurs, ProviderAway
from labs.providers.containers.plan import TOOLS
from labs.providers.docker import api, containers, names
from labs.providers.docker.provider import DockerProvider
from labs.spec import LabSpec, Limits
from tests.factories.docker_images import images
from tests.factories.waiting import until
from tests.integration.labs.conftest import DockerCase
from tests.integration.labs.waiting import until_ready, until_settled

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]


def of(engine: DockerCase) -> DockerProvider:
    assert isinstance(engine.provider, DockerProvider)
    return engine.provider


def all_of(engine: DockerCase) -> dict[str, dict[str, object]]:
    return containers.summaries(api.connect(None), [f"{names.INSTALLATION}={engine.installation}"])


def loops() -> dict[str, str]:
    """The file behind each loop device of the machine."""
    argv = ["losetup", "--all", "--json", "-O", "NAME,BACK-FILE"]
    listed = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    return {one["name"]: one["back-file"] or "" for one in json.loads(listed or '{"loopdevices": []}')["loopdevices"]}


def restart_of_the_machine(engine: DockerCase, lab: LabSpec, other: Path) -> None:
    """Every container ends at once, and the loop device of the lab's disk belongs to somebody else afterwards."""
    client = api.connect(None)
    for name in all_of(engine):
        client.containers.get(name).kill()
    device = client.volumes.get(names.disk(lab)).attrs["Options"]["device"]
    subprocess.run(["losetup", "--detach", device], check=True)
    with other.open("wb") as file:
        file.truncate(64 * 1024**2)
    until("the device is free", lambda: device not in loops())
    subprocess.run(["losetup", device, other], check=True)


def test_a_restart_of_the_machine_finds_the_work_behind_another_device(engine: DockerCase, tmp_path: Path) -> None:
    lab, other = engine.order(), tmp_path / "other.ext4"
    until_ready(engine.provider, lab)
    engine.write(lab, "mine.txt", b"my work")
    restart_of_the_machine(engine, lab, other)
    try:
        assert engine.again().observe(lab).state == "starting"
        until_ready(engine.again(), lab)
        assert engine.provider.read(lab, "mine.txt") == b"my work"
    finally:
        taken = subprocess.run(["losetup", "-n", "-O", "NAME", "-j", other], capture_output=True, text=True, check=True)
        subprocess.run(["losetup", "--detach", taken.stdout.strip()], check=True)


def test_a_door_that_was_ended_is_opened_again(engine: DockerCase) -> None:
    lab = engine.order()
    until_ready(engine.provider, lab)
    of(engine).close_door()
    assert of(engine).settings.door.name not in all_of(engine)
    until_ready(engine.provider, lab)
    assert all_of(engine)[of(engine).settings.door.name]["State"] == "running"


def test_a_component_without_enough_memory_is_named(engine: DockerCase) -> None:
    lab = engine.order(2, components=("mlflow",), limits=Limits(memory_mb=128))
    seen = until_settled(engine.provider, lab)
    assert seen.problem and seen.problem.whose == "ours"
    assert seen.problem.what == "mlflow needed more memory than the 128 MB that it may have"


def test_a_component_that_does_not_answer_in_time_is_named(engine: DockerCase) -> None:
    lab = engine.order(3, components=("mlflow",), limits=Limits(start_seconds=1))
    seen = until_settled(engine.provider, lab)
    assert seen.problem and seen.problem.whose == "ours"
    assert seen.problem.what == "mlflow did not answer within 1 s"


def test_an_image_that_is_missing_is_named_and_heals_when_it_comes(engine: DockerCase) -> None:
    lab = engine.order(4)
    settings = of(engine).settings
    without = DockerProvider(replace(settings, images={**images(), "prometheus": "academy/prometheus:never-built"}))
    seen = until_settled(without, lab)
    assert seen.state == "failed" and seen.problem and seen.problem.whose == "ours"
    assert "academy/prometheus:never-built" in seen.problem.what
    # As the platform does when it tries again.
    engine.provider.stop(lab)
    until_ready(engine.provider, lab)


def test_without_loop_devices_a_disk_has_no_limit_and_the_table_says_so(engine: DockerCase) -> None:
    lab = engine.order(7, limits=Limits(disk_mb=64))
    plain = DockerProvider(replace(of(engine).settings, capped_disks=False))
    assert plain.promises.kept("disk") == "no"
    until_ready(plain, lab)
    filled = plain.run(lab, ["python", "-c", "open('big', 'wb').write(bytes(100_000_000))"])
    assert filled.exit == 0, filled
    # Who changes the setting loses no work.
    plain.stop(lab)
    until_ready(engine.provider, lab)
    assert engine.provider.run(lab, ["sh", "-c", "stat -c %s big"]).stdout == "100000000\n"


def test_a_lab_whose_disk_is_full_comes_up_to_be_tidied_up(engine: DockerCase) -> None:
    lab = engine.order(8, limits=Limits(disk_mb=64))
    until_ready(engine.provider, lab)
    filled = engine.provider.run(lab, ["sh", "-c", "cat /dev/zero > big"])
    assert "No space left on device" in filled.stderr, filled
    engine.provider.stop(lab)
    until_ready(engine.provider, lab)
    written = engine.provider.run(lab, ["sh", "-c", "head -c 100000 /dev/zero > small"])
    assert written.exit == 0, written


def test_an_engine_that_is_away_is_no_verdict(engine: DockerCase, tmp_path: Path) -> None:
    settings = replace(of(engine).settings, address=f"unix://{tmp_path}/nobody.sock")
    for call in (DockerProvider(settings).ensure, DockerProvider(settings).observe, DockerProvider(settings).delete):
        with pytest.raises(ProviderAway, match="does not answer"):
            call(engine.order(5))


def test_what_is_somebody_elses_is_left_alone(engine: DockerCase) -> None:
    lab, client = engine.order(6), api.connect(None)
    taken = names.container(lab, "prometheus")
    made = client.containers.create(images()[TOOLS], name=taken, network_mode="none")
    try:
        with pytest.raises(NotOurs, match="somebody else's"):
            until_settled(engine.provider, lab)
        engine.provider.delete(lab)
        assert client.containers.get(taken).id == made.id
    finally:
        made.remove()


def test_nothing_is_left_of_an_installation_that_is_removed(docker: DockerCase) -> None:
    lab, client = docker.order(), api.connect(None)
    until_ready(docker.provider, lab)
    device = client.volumes.get(names.disk(lab)).attrs["Options"]["device"]
    assert device in loops()
    # What somebody leaves who dies at work on a disk.
    forgotten = names.labels(lab, "disk-work")
    client.containers.create(images()[TOOLS], name=names.container(lab, "disk-work"), labels=forgotten)
    docker.provider.delete(lab)
    of(docker).remove_all()
    label = {"label": f"{names.INSTALLATION}={docker.installation}"}
    assert not all_of(docker) and not client.networks.list(filters=label) and not client.volumes.list(filters=label)
    assert names.disk(lab) not in loops().get(device, "")
