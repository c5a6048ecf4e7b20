"""Prometheus and bubblewrap: taken from the system; Prometheus' binary is fetched where that needs no service."""

import os
import platform
import shutil
import tempfile
from pathlib import Path

from steps import SetupError, academy_home, note, read_stamp, run, step, write_stamp

DEBIAN = Path("/etc/debian_version")
PROMETHEUS_BY_HAND = {
    "Darwin": "brew install prometheus",
    "Debian": "sudo apt-get install --no-install-recommends prometheus && sudo systemctl disable --now prometheus",
}


def system_tools() -> None:
    """Never fails: what is missing is said once, with the command that mends it; `lms doctor` repeats it."""
    _prometheus()
    if platform.system() == "Linux" and not shutil.which("bwrap"):
        _say_once("bubblewrap", "bubblewrap is missing: exams would run without isolation. " + _bubblewrap_by_hand())


def _bubblewrap_by_hand() -> str:
    return "Type: sudo apt-get install bubblewrap" if DEBIAN.exists() else "Install it with your package manager."


def _prometheus() -> None:
    if shutil.which("prometheus") or (academy_home() / "bin" / "prometheus").exists():
        return
    if DEBIAN.exists() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        try:
            with step("Prometheus from this system's packages (binary only, no service)"):
                fetch_prometheus(academy_home() / "bin")
            return
        except SetupError as error:
            note(str(error))
    system = "Debian" if DEBIAN.exists() else platform.system()
    command = PROMETHEUS_BY_HAND.get(system, "install the package `prometheus` with your package manager")
    _say_once("prometheus", f"Prometheus is missing: labs that use it cannot start. Type: {command}")


def fetch_prometheus(folder: Path) -> None:
    """Unpack the distribution's package in a temporary folder and keep the binary; needs no root."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        mend = "Its package could not be fetched; it can be installed by hand."
        try:
            _download(work, [], mend=mend)
        except SetupError:
            # No package lists yet (a fresh machine): take some of our own and leave the system's alone.
            own = [f"-oDir::State::lists={work}/lists", f"-oDir::Cache={work}/cache", "-oAPT::Sandbox::User="]
            (work / "lists" / "partial").mkdir(parents=True)
            (work / "cache" / "archives" / "partial").mkdir(parents=True)
            run(["apt-get", "-qq", *own, "update"], why="Package lists could not be read", mend=mend)
            _download(work, own, mend=mend)
        package = next(work.glob("prometheus_*.deb"))
        run(["dpkg-deb", "-x", package, work / "unpacked"], why="The package could not be unpacked", mend=mend)
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".prometheus-{os.getpid()}"
        shutil.copy2(work / "unpacked" / "usr" / "bin" / "prometheus", temporary)
        temporary.replace(folder / "prometheus")


def _download(work: Path, options: list[str], *, mend: str) -> None:
    script = 'cd "$1" && shift && exec apt-get -qq "$@" download prometheus'
    run(["sh", "-c", script, "sh", work, *options], why="apt-get could not download prometheus", mend=mend)


def _say_once(name: str, text: str) -> None:
    if read_stamp(f"told {name}") != text:
        note(text)
        write_stamp(f"told {name}", text)
