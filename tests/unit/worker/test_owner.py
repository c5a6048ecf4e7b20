"""Who is dead: a process whose pid we count too; of others nobody here can say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labs.providers.machine.processes import boot_id
from worker import owner

CHECKOUT = Path(__file__).parents[3]


def test_this_process_is_alive_and_one_that_ended_is_dead() -> None:
    told = "from worker import owner; print(owner.me())"
    ended = subprocess.run([sys.executable, "-c", told], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert not owner.is_dead(owner.me())
    assert owner.is_dead(ended.stdout.strip())


def test_of_a_process_in_another_container_nobody_can_say() -> None:
    """Containers of one machine share the boot, and their pids mean other processes."""
    place, pid, started = owner.me().split("/")
    boot, _, namespace = place.partition(".")
    assert boot == boot_id()
    elsewhere = f"{boot}.{int(namespace or 0) + 1}"
    assert not owner.is_dead(f"{elsewhere}/{pid}/{int(started) + 1}")
    assert owner.is_dead(f"{place}/{pid}/{int(started) + 1}")


@pytest.mark.parametrize("text", ["", "nonsense", "another-boot/1/2", f"{boot_id()}/1/2"])
def test_what_is_no_owner_of_ours_is_not_dead(text: str) -> None:
    assert not owner.is_dead(text)
    assert str(os.getpid()) in owner.me()
