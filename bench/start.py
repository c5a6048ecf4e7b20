"""From `lms up` to the first answer, against the floor: Python importing the same application."""

import subprocess
import sys
import time
from statistics import median

from bench.measuring import heading, row
from lms.supervisor.plan import CHECKOUT
from tests.factories.instance import instance

ROUNDS = 3


def _import_seconds() -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", "import lms.app, gunicorn"], cwd=CHECKOUT, check=True)
    return time.monotonic() - started


def main() -> None:
    floor = median(_import_seconds() for _ in range(ROUNDS))
    times = []
    for _ in range(ROUNDS):
        with instance(with_labs=True) as platform:
            platform.start()
            times.append(platform.start_seconds)
    heading("`lms up` on a new instance (goal: under 10 s)", "median s", "ratio")
    row("floor: importing the application once", f"{floor:.2f}", "1.0")
    row("to the first answer, database made by migrations", f"{median(times):.2f}", f"{median(times) / floor:.1f}")
