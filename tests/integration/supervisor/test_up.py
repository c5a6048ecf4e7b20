"""`lms up`, `lms down` and kill -9, on real processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from sqlalchemy import create_engine, text

from labs.naming import MARK, ownership
from lms.supervisor.plan import CHECKOUT
from lms.supervisor.supervisor import LABS_END, LABS_GO_ON
from tests.factories.instance import CHILDREN, Instance, instance
from tests.factories.waiting import until

pytestmark = pytest.mark.xdist_group("supervisor")


@pytest.fixture(scope="module")
def running(databases: None) -> Iterator[Instance]:
    """One platform for the tests that leave it as they found it; whoever started it has a cluster."""
    with instance() as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(made.settings.home / "kubeconfig"))
        made.start()
        yield made


@pytest.fixture
def stopped(databases: None) -> Iterator[Instance]:
    with instance() as made:
        yield made


def test_the_first_start_says_where_it_is_and_how_to_make_the_administrator(running: Instance) -> None:
    until("the greeting", lambda: "Ctrl-C" in running.text())
    assert f"http://academy.localhost:{running.settings.port}" in running.text()
    assert "/set-up/" in running.text()


@pytest.mark.once
def test_data_is_for_its_owner_only(running: Instance) -> None:
    for path in (running.places.instance, running.places.run, running.places.logs):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.once
def test_the_broker_has_no_port(running: Instance) -> None:
    broker = psutil.Process(running.pids()["broker"])
    assert broker.net_connections(kind="inet") == []


@pytest.mark.once
def test_what_talks_to_browsers_is_not_told_the_way_to_a_cluster(running: Instance) -> None:
    told = {name: "KUBECONFIG" in psutil.Process(pid).environ() for name, pid in running.pids().items()}
    assert told == {name: name in {"worker", "examiner"} for name in CHILDREN}


def test_a_second_up_is_refused_and_says_who_runs(running: Instance) -> None:
    second = running.command("up")
    assert second.returncode == 1
    assert f"runs already, as process {running.up.pid if running.up else '?'}" in second.stderr
    assert running.answers()


@pytest.mark.parametrize("name", sorted(CHILDREN))
def test_a_killed_child_is_started_again(running: Instance, name: str) -> None:
    before = running.pids()[name]
    os.kill(before, signal.SIGKILL)
    until(f"{name} again", lambda: running.pids().get(name, before) != before)
    until("a page", running.answers)
    assert f"{name} ended (signal SIGKILL)" in running.text()


@pytest.mark.parametrize("by_down, labs", [(False, LABS_GO_ON), (True, LABS_END)])
def test_stopping_ends_every_process_and_says_what_becomes_of_labs(
    stopped: Instance, labs: str, *, by_down: bool
) -> None:
    stopped.start()
    if by_down:
        with ThreadPoolExecutor() as beside:
            ended = beside.submit(stopped.command, "down")
            assert stopped.up and stopped.up.wait(timeout=60) == 0
        assert ended.result().returncode == 0
    else:
        assert stopped.interrupt() == 0
    told = [line.split(maxsplit=2)[1:] for line in stopped.text().splitlines()]
    begun = told.index(["academy", "stopping"])
    assert told[begun:] == [["academy", "stopping"], ["academy", f"stopped; {labs}"]], "nothing raw between"
    assert not stopped.places.all_ends.exists()
    assert stopped.processes() == []
    assert not stopped.places.children.exists()


def test_nothing_of_a_killed_supervisor_is_left_and_the_next_start_works(stopped: Instance) -> None:
    stopped.start()
    stopped.interrupt(signal.SIGKILL)
    stopped.start()
    assert {process.pid for process in stopped.processes()} >= set(stopped.pids().values())
    masters = [process for process in stopped.processes() if os.getsid(process.pid) == process.pid]
    assert len(masters) == len(CHILDREN)
    assert stopped.interrupt() == 0
    assert stopped.processes() == []


def test_down_ends_what_a_killed_supervisor_left(stopped: Instance) -> None:
    stopped.start()
    stopped.interrupt(signal.SIGKILL)
    assert stopped.command("down").returncode == 0
    assert stopped.processes() == []


def test_labs_outlive_the_platform_until_down(stopped: Instance) -> None:
    mark = ownership(stopped.settings.installation, "lab-7")
    lab = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(300)"], env={MARK: mark}, start_new_session=True
    )
    try:
        stopped.start()
        engine = create_engine(stopped.settings.database_url)
        with engine.connect() as database:
            assert database.scalar(text("select count(*) from lab")) == 0
        engine.dispose()
        assert stopped.interrupt() == 0
        assert lab.poll() is None
        ended = stopped.command("down")
        assert ended.returncode == 0, ended.stderr
        assert "lab-7" in ended.stdout
        assert lab.wait(timeout=10) != 0
    finally:
        lab.kill()


@pytest.mark.once
def test_a_taken_port_is_named_before_anything_starts(stopped: Instance) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", stopped.settings.port))
        other.listen()
        refused = stopped.command("up")
    assert refused.returncode == 1
    assert f"Port {stopped.settings.port}" in refused.stderr and "ACADEMY_PORT=" in refused.stderr
    assert stopped.processes() == []


@pytest.mark.once
def test_beyond_loopback_is_refused_in_plain_words(stopped: Instance) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "lms.cli", "up"], cwd=CHECKOUT, env={**stopped.environment(), "ACADEMY_BIND": "0.0.0.0"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "ACADEMY_ACCEPT_PROCESS_LABS_BEYOND_LOOPBACK=true" in refused.stderr
    assert "every learner could read and change" in refused.stderr


def test_doctor_is_content_with_a_running_platform(running: Instance) -> None:
    told = running.command("doctor")
    assert f"runs as process {running.up.pid if running.up else '?'}" in told.stdout
    assert "embedded, answers" in told.stdout
    assert str(running.places.logs) in told.stdout.split() and "…" not in told.stdout
    assert "labs' environment" in told.stdout  # this home has none: it is said, and how to mend it
    assert "make setup" in told.stdout
    assert told.returncode == 1


@pytest.mark.once
def test_doctor_does_not_take_another_instance_on_its_port_for_its_own(running: Instance, stopped: Instance) -> None:
    stopped.settings = running.settings.model_copy(update={"home": stopped.settings.home})
    told = " ".join(stopped.command("doctor").stdout.split())
    assert f"Port {stopped.settings.port} on 127.0.0.1 cannot be used" in told
    assert "does not run now" in told and "each for itself" not in told


@pytest.mark.once
def test_down_of_what_never_ran_is_fine(stopped: Instance) -> None:
    assert stopped.command("down").returncode == 0
