"""Runs the named benchmarks (all by default) and prints their tables."""

import datetime as dt
import importlib
import os
import platform
import sys

#: In the order of cost; each is a module with a `main()` that prints Markdown.
BENCHMARKS = ("start", "labs", "learners", "peers")


def main() -> None:
    wanted = sys.argv[1:] or BENCHMARKS
    load = os.getloadavg()[0]
    print(
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, {platform.platform()}, load {load:.1f}"
    )
    if load > 1:
        print("The machine is busy: absolute times are too long, ratios within a table still mean something.")
    for name in wanted:
        print(f"\n## {name}\n", flush=True)
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
