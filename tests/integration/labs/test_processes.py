"""What only real processes can show: healing, adoption, no doubles, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from labs.errors import EnvironmentMissing
from labs.places import lab_environment
from labs.providers.machine import processes
from labs.providers.process import record
from labs.providers.process.folders import LabFolder
from labs.providers.process.provider import ProcessProvider
from labs.spec import LabSpec
from tests.factories.waiting import until
from tests.integration.labs.conftest import ProcessCase
from tests.integration.labs.waiting import until_ready

ENSURE = """
import sys
import zipfile
from pathlib import Path
from labs.providers.process.provider import ProcessProvider
from labs.spec import LabSpec
root, environment, order, token = sys.stdin.read().splitlines()
lab = LabSpec.model_validate({**__import__("json").loads(order), "token": token})
provider = ProcessProvider(root=Path(root), environment=Path(environment), installation=lab.installation)
while provider.ensure(lab).state != "ready":
    pass
"""


def _leader(local: ProcessCase, lab: LabSpec, component: str = "prometheus") -> int:
    known = record.load(LabFolder(local.root, lab.name).record)
    assert known
    identity = known.components[component].process
    assert identity
    return identity.pid


def _caller(local: ProcessCase, lab: LabSpec, then: str = "") -> subprocess.Popen[str]:
    """Start a process of its own that ensures the lab."""
    given = [
        str(local.root),
        str(lab_environment()),
        lab.model_dump_json(exclude={"token"}),
        lab.token.get_secret_value(),
    ]
    caller = subprocess.Popen(
        [sys.executable, "-c", ENSURE + then], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert caller.stdin
    caller.stdin.write("\n".join(given))
    caller.stdin.close()
    return caller


def test_callers_in_several_processes_make_one_lab(local: ProcessCase) -> None:
    lab = local.order()
    callers = [_caller(local, lab) for _ in range(3)]
    assert [caller.wait(timeout=90) for caller in callers] == [0, 0, 0]
    assert len(processes.marked(lab.mark)) == 1
    assert local.provider.observe(lab).state == "ready"


def test_a_component_killed_behind_our_back_is_seen_and_healed(local: ProcessCase) -> None:
    lab = local.order()
    until_ready(local.provider, lab)
    before = _leader(local, lab)
    os.kill(before, signal.SIGKILL)
    until("the death is seen", lambda: local.provider.observe(lab).state != "ready")
    assert local.provider.observe(lab).components[0].phase == "failed"
    healed = until_ready(local.provider, lab)
    assert _leader(local, lab) != before
    assert "started again" in healed.components[0].detail


def test_a_process_started_by_somebody_who_died_is_not_doubled(local: ProcessCase) -> None:
    lab = local.order()
    until_ready(local.provider, lab)
    path = LabFolder(local.root, lab.name).record
    known = record.load(path)
    assert known
    # As if the caller had been killed between starting the process and writing it down.
    known.components["prometheus"].process = known.components["prometheus"].started_at = None
    record.save(path, known)
    until_ready(local.provider, lab)
    assert len(processes.marked(lab.mark)) == 1


def test_processes_without_any_record_are_listed_and_ended(local: ProcessCase) -> None:
    lab = local.order()
    until_ready(local.provider, lab)
    LabFolder(local.root, lab.name).record.unlink()
    assert [(owned.name, owned.running) for owned in local.provider.list_owned()] == [("lab-1", True)]
    local.provider.delete(lab)
    assert processes.marked(lab.mark) == []


def test_another_process_with_the_same_pid_is_never_taken_for_ours(local: ProcessCase) -> None:
    lab = local.order()
    until_ready(local.provider, lab)
    identity = processes.identify(_leader(local, lab))
    assert identity and processes.is_alive(identity)
    assert not processes.is_alive(identity.model_copy(update={"started": "1"}))
    assert not processes.is_alive(identity.model_copy(update={"boot": "another"}))


def test_stopping_ends_the_whole_tree_and_what_left_it(local: ProcessCase) -> None:
    lab = local.order()
    until_ready(local.provider, lab)
    environment = {"ACADEMY_LAB": lab.mark, "PATH": "/usr/bin:/bin"}
    # A grandchild in a session of its own, that ignores SIGTERM, and whose parents are gone.
    script = "trap '' TERM; sleep 300 & wait"
    with subprocess.Popen(["setsid", "--fork", "sh", "-c", script], env=environment):
        until("the stray runs", lambda: len(processes.marked(lab.mark)) >= 3)
    local.provider.stop(lab)
    assert processes.marked(lab.mark) == []


def test_a_missing_environment_is_our_fault_with_its_mend(local: ProcessCase, tmp_path: Path) -> None:
    provider = ProcessProvider(root=tmp_path, environment=tmp_path / "nowhere", installation=local.installation)
    with pytest.raises(EnvironmentMissing, match="make setup"):
        provider.ensure(local.order())


def test_ports_are_kept_over_a_stop(local: ProcessCase) -> None:
    lab = local.order()
    before = until_ready(local.provider, lab).components[0].address
    local.provider.stop(lab)
    assert until_ready(local.provider, lab).components[0].address == before


def test_commands_leave_no_process(local: ProcessCase) -> None:
    lab = local.order()
    until_ready(local.provider, lab)
    local.provider.run(lab, ["sh", "-c", "sleep 60"], timeout=1)
    local.provider.run(lab, ["sh", "-c", "setsid sleep 61 & echo done"])
    assert [one.pid for one in processes.marked(lab.mark)] == [_leader(local, lab)]


def test_labs_outlive_the_platform(local: ProcessCase) -> None:
    lab = local.order()
    caller = _caller(local, lab, then="\nprint('ready', flush=True)\nimport signal\nsignal.pause()\n")
    assert caller.stdout
    assert caller.stdout.readline() == "ready\n"
    os.killpg(caller.pid, signal.SIGKILL)
    caller.wait(timeout=10)
    assert local.provider.observe(lab).state == "ready"
    assert len(processes.marked(lab.mark)) == 1
