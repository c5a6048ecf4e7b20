"""What `lms doctor` says of the machine whose processes are the labs: their environment, Prometheus, isolation."""

import shutil
import subprocess
import sys
from collections.abc import Iterator

from lms.config import Settings
from lms.supervisor.finding import SET_UP, Finding


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at it; bubblewrap is tried once."""
    yield _lab_environment(settings)
    yield _prometheus(settings)
    yield _bubblewrap()


def _lab_environment(settings: Settings) -> Finding:
    folder = settings.lab_environment
    if not (folder / "bin" / "mlflow").exists():
        return Finding("labs' environment", "missing", f"{folder} is not there: no lab can start", SET_UP)
    return Finding("labs' environment", "good", str(folder))


def _prometheus(settings: Settings) -> Finding:
    own = settings.home / "bin" / "prometheus"
    found = shutil.which("prometheus") or (str(own) if own.exists() else None)
    if found is None:
        by_hand = "brew install prometheus" if sys.platform == "darwin" else "sudo apt-get install prometheus"
        return Finding("Prometheus", "missing", "labs that watch a model cannot start", f"make setup, or: {by_hand}")
    return Finding("Prometheus", "good", found)


def _bubblewrap() -> Finding:
    subject, without = "isolation of exams", "exams run, and their report says `not isolated`"
    if not sys.platform.startswith("linux"):
        return Finding(subject, "degraded", f"this system has no bubblewrap: {without}")
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return Finding(subject, "degraded", f"bubblewrap is not there: {without}", "sudo apt-get install bubblewrap")
    tried = subprocess.run(
        [bwrap, "--ro-bind", "/", "/", "--unshare-all", "true"], capture_output=True, text=True, check=False, timeout=10
    )
    if tried.returncode != 0:
        reason = (tried.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        return Finding(
            subject, "degraded", f"bubblewrap fails ({reason}): {without}", "Allow user namespaces (sysctl)."
        )
    return Finding(subject, "good", f"{bwrap} with user, process and network namespaces")
