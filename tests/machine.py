"""Which suites this machine can run. Elsewhere they are left out and named; in CI (CI=true) a lack is an error.

A pytest plugin (`-p tests.machine` in pyproject.toml). A test says what it needs by a marker; everything in
tests/browser needs a browser, everything in tests/cluster a cluster. In CI nothing is left out by a wish or for
somebody else's cluster either, and a skipped test fails the run.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from lms.config import Settings
from tests.cluster.equipment import given, needs
from tests.cluster.equipment.places import EquipmentError, Places
from tests.factories import compose, postgres
from tests.groups import Groups

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Need:
    """Something that tests with the marker `marker` cannot do without."""

    marker: str
    suites: str
    lacking: Callable[[], str | None]


def in_ci() -> bool:
    return os.environ.get("CI") == "true"


def _lacks_chromium() -> str | None:
    if any(map(shutil.which, CHROMIUMS)):
        return None
    return "no Chromium on the PATH (Debian: sudo apt-get install chromium)"


def _lacks_isolation() -> str | None:
    if not sys.platform.startswith("linux"):
        return "only Linux has it"
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return "no bubblewrap on the PATH (Debian: sudo apt-get install bubblewrap)"
    command = [bwrap, "--ro-bind", "/", "/", "--unshare-all", "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"bubblewrap does not work here: {tried.stderr.strip()}"


def _lacks_prometheus() -> str | None:
    if shutil.which("prometheus") or (Settings().home / "bin" / "prometheus").exists():
        return None
    return "no Prometheus (make setup says how to get it)"


def _lacks_lab_environment() -> str | None:
    folder = Settings().lab_environment
    return None if folder.is_dir() else f"{folder} is missing (make setup)"


def _lacks_docker() -> str | None:
    # A question to the engine's socket, not to the client: who has no engine needs no client either.
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not address.startswith("unix://"):
        return None
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(address.removeprefix("unix://"))
        except OSError as error:
            return f"no Docker engine answers at {address} ({error.strerror})"
    if not os.environ.get("ACADEMY_IMAGE_BASE") and not shutil.which("debootstrap"):
        return "no debootstrap for the base of images (Debian: sudo apt-get install debootstrap)"
    return None


def _lacks_compose() -> str | None:
    if compose.command():
        return None
    return "neither `docker compose` nor docker-compose (Debian: sudo apt-get install docker-compose)"


def _lacks_cluster() -> str | None:
    try:
        return None if given.here(Places.default()) else needs.lacking()
    except EquipmentError as error:
        return str(error)


def _lacks_node() -> str | None:
    if _lacks_cluster():
        return None  # which is said of the cluster
    found = given.here(Places.default())
    return f"{found.kubeconfig} is another cluster than that of `make cluster`" if found else None


#: Markers of suites that whoever runs the tests leaves out, by name; the report's head says which.
WITHOUT = frozenset(os.environ.get("ACADEMY_TEST_WITHOUT", "").split())

NEEDS = (
    Need("browser", "pages in a real browser", cache(_lacks_chromium)),
    Need("linux", "exams in isolation", cache(_lacks_isolation)),
    Need("prometheus", "labs with Prometheus", cache(_lacks_prometheus)),
    Need("docker", "labs in containers", cache(_lacks_docker)),
    Need("compose", "the team server", cache(_lacks_compose)),
    Need("cluster", "a real Kubernetes", cache(_lacks_cluster)),
    Need("node", "a Kubernetes at whose node, packets and images a test looks", cache(_lacks_node)),
    Need("postgresql", "the database's tests on PostgreSQL", cache(postgres.lacks)),
    Need("labs", "real labs and exams", cache(_lacks_lab_environment)),
)


def pytest_configure(config: pytest.Config) -> None:
    for need in NEEDS:
        config.addinivalue_line("markers", f"{need.marker}: {need.suites}; left out where the machine cannot")
    config.addinivalue_line("markers", "alone: an exam of a real project; these run after all others, two at a time")
    config.addinivalue_line("markers", "beside: takes minutes and minds no company; runs beside engine and cluster")
    unknown = WITHOUT - {need.marker for need in NEEDS}
    if unknown:
        raise pytest.UsageError(f"ACADEMY_TEST_WITHOUT names no suite: {', '.join(sorted(unknown))}")
    if in_ci() and (lacks := [*_left_out(), *_cannot_run()]):
        raise pytest.UsageError("CI runs every suite:\n  " + "\n  ".join(lacks))
    config.pluginmanager.register(SkipsFail(), "academy-skips")
    config.pluginmanager.register(Groups(), "academy-groups")


def pytest_report_header(config: pytest.Config) -> list[str]:
    return _left_out() + _cannot_run()


def _left_out() -> list[str]:
    return [f"left out by ACADEMY_TEST_WITHOUT: {need.suites}" for need in NEEDS if need.marker in WITHOUT]


def _cannot_run() -> list[str]:
    asked = [need for need in NEEDS if need.marker not in WITHOUT]
    return [f"cannot run here: {need.suites}: {reason}" for need in asked if (reason := need.lacking())]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out exactly the tests whose need this machine does not meet."""
    lacking = WITHOUT | {need.marker for need in NEEDS if need.marker not in WITHOUT and need.lacking()}
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        folder = item.path.relative_to(config.rootpath).parts[1]
        if folder in {"browser", "cluster"}:
            item.add_marker(folder)
        if _looks_at_the_node(item, folder):
            item.add_marker("node")
        if item.get_closest_marker("docker") and not any(item.iter_markers("xdist_group")):
            # Each container gives this machine a network, at which a browser beside it breaks off what it loads.
            item.add_marker(pytest.mark.xdist_group("browser"))
        (left_out if any(item.get_closest_marker(name) for name in lacking) else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _looks_at_the_node(item: pytest.Item, folder: str) -> bool:
    """Whether it asks for the fixture `machine`; outside tests/cluster a parameter does, which pytest cannot tell."""
    if folder != "cluster":
        return bool(item.get_closest_marker("cluster"))
    return "machine" in getattr(item, "fixturenames", ())


class SkipsFail:
    """Counts skipped tests; in CI one of them fails the run."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if in_ci() and self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if in_ci() and self.skipped:
            terminalreporter.section("skipped tests fail in CI", red=True, bold=True)
            for nodeid in self.skipped:
                terminalreporter.line(nodeid)
