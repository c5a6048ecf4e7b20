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
        until("their first pulse", lambda: _alive(run, "labs", 5) and _alive(run, "beat", 5))
        run.kill("broker")
        for role in ("labs", "beat"):
            _forget(run, role)
        until("a pulse without a broker", lambda: _alive(run, "labs", 10) and _alive(run, "beat", 10))


def test_a_worker_that_hangs_is_found_out(databases: None) -> None:
    with platform() as (run, _):
        run.start("broker", "labs")
        until("its first pulse", lambda: _alive(run, "labs", 5))
        stopped = psutil.Process(run.running["labs"].pid)
        stopped.suspend()
        until("the probe that fails", lambda: not _alive(run, "labs", 2))
        stopped.resume()
        until("the probe that passes again", lambda: _alive(run, "labs", 2))


def _alive(run: Platform, role: str, seconds: int) -> bool:
    env = {"PATH": os.environ["PATH"], "ACADEMY_HOME": str(run.settings.home)}
    return subprocess.run([ALIVE, role, str(seconds)], env=env, capture_output=True, check=False).returncode == 0


def _forget(run: Platform, role: str) -> None:
    (run.settings.instance_folder / "run" / f"pulse-{role}").unlink()
