"""From `lms up` to the first answer, against the floor: Python importing the same application."""

import subprocess
import sys
import time

from lms.supervisor.plan import CHECKOUT
from tests.factories.instance import instance

ROUNDS = 3


def _import_seconds() -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", "import lms.app, gunicorn"], cwd=CHECKOUT, check=True)
    return time.monotonic() - started


def main() -> None:
    floor = sorted(_import_seconds() for _ in range(ROUNDS))[ROUNDS // 2]
    times = []
    for _ in range(ROUNDS):
        with instance(with_labs=True) as platform:
            platform.start()
            times.append(platform.start_seconds)
    middle = sorted(times)[ROUNDS // 2]
    print("| `lms up` on a new instance (goal: under 10 s) | median s | ratio |\n| --- | ---: | ---: |")
    print(f"| floor: importing the application once | {floor:.2f} | 1.0 |")
    print(f"| to the first answer, database made by migrations | {middle:.2f} | {middle / floor:.1f} |")
