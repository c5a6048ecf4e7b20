"""Runs the named benchmarks (all by default) and prints their tables."""

import datetime as dt
import importlib
import os
import platform
import signal
import sys

from tests.cluster.equipment import needs

#: In the order of cost; each is a module with a `main()` that prints Markdown.
BENCHMARKS = ("start", "labs", "learners", "peers")
#: On the test cluster, which is started where it does not run. Ten full labs need the node for themselves.
ON_THE_CLUSTER = ("pool", "spawner", "namespaces", "cluster")


def main() -> None:
    lack = needs.lacking()
    wanted = sys.argv[1:] or (*BENCHMARKS, *(() if lack else ON_THE_CLUSTER))
    if lack and not sys.argv[1:]:
        print(f"Without {', '.join(ON_THE_CLUSTER)}: {lack}")
    # Ended by TERM it clears up as after Ctrl-C: platforms and namespaces of a bench go with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
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
