"""Probes of containers: who turns is alive, also without a broker; who hangs is not."""

import os
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.factories.platform import Platform, platform, until

pytestmark = pytest.mark.linux
ALIVE = Path(__file__).parents[3] / "deploy" / "images" / "platform" / "alive"


def test_workers_and_beat_show_that_they_turn(databases: None) -> None:
    with platform() as (run, _):
        assert not _alive(run, "labs", 60), "nothing runs yet"
        run.start("broker", "labs", "beat")
        until(lambda: _alive(run, "labs", 5) and _alive(run, "beat", 5), "their first pulse")
        run.kill("broker")
        for role in ("labs", "beat"):
            _forget(run, role)
        until(lambda: _alive(run, "labs", 10) and _alive(run, "beat", 10), "a pulse without a broker")


def test_a_worker_that_hangs_is_found_out(databases: None) -> None:
    with platform() as (run, _):
        run.start("broker", "labs")
        until(lambda: _alive(run, "labs", 5), "its first pulse")
        stopped = psutil.Process(run.running["labs"].pid)
        stopped.suspend()
        until(lambda: not _alive(run, "labs", 2), "the probe that fails")
        stopped.resume()
        until(lambda: _alive(run, "labs", 2), "the probe that passes again")


def _alive(run: Platform, role: str, seconds: int) -> bool:
    env = {"PATH": os.environ["PATH"], "ACADEMY_HOME": str(run.settings.home)}
    return subprocess.run([ALIVE, role, str(seconds)], env=env, capture_output=True, check=False).returncode == 0


def _forget(run: Platform, role: str) -> None:
    (run.settings.instance_folder / "run" / f"pulse-{role}").unlink()
