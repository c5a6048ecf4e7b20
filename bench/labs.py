"""How long a lab takes to start, by phase and against its own components started by hand, and what it holds in memory.

The floor is the very same commands, started all at once by a loop without a provider, and asked until each answers.
"""

import contextlib
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from bench.hub import hub_seconds
from bench.measuring import heading, row, until_ready
from labs import naming
from labs.components.loader import known_components
from labs.places import lab_environment
from labs.providers.machine import processes, readiness
from labs.providers.process import thin
from labs.providers.process.folders import LabFolder
from labs.providers.process.provider import ProcessProvider
from labs.providers.process.recipes import Kitchen
from labs.spec import LabSpec
from lms.config import default_home
from tests.factories.waiting import until

TIMES = 3
EVERYTHING = ("mlflow", "serving", "prometheus", "workspace")
TRAIN = """
import mlflow, pandas
from pathlib import Path
from sklearn.linear_model import LogisticRegression
frame = pandas.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [1.0, 0.0, 1.0, 0.0]})
model = LogisticRegression().fit(frame, [0, 0, 1, 1])
with mlflow.start_run():
    options = {"registered_model_name": "tiny", "pip_requirements": ["scikit-learn"]}
    mlflow.sklearn.log_model(model, name="model", input_example=frame, **options)
mlflow.MlflowClient().set_registered_model_alias("tiny", "champion", 1)
Path("serving.yaml").write_text("model: tiny\\nalias: champion\\n")
"""


@dataclass(frozen=True)
class Started:
    """Seconds until ready: of the whole, and of each component since its own start."""

    whole: float
    parts: dict[str, float]


@contextlib.contextmanager
def _lab(components: tuple[str, ...]) -> Iterator[tuple[ProcessProvider, LabSpec]]:
    with tempfile.TemporaryDirectory(prefix="bench-labs-") as root:
        installation, name = f"bench-{secrets.token_hex(8)}", naming.lab_name(1)
        provider = ProcessProvider(
            root=Path(root),
            environment=lab_environment(),
            programs=default_home() / "bin",
            installation=installation,
        )
        spec = LabSpec(
            installation=installation,
            lab_id=1,
            name=name,
            components=components,
            host=naming.host_name(name),
            token=secrets.token_urlsafe(32),
        )
        try:
            yield provider, spec
        finally:
            provider.delete(spec)


def _ours(provider: ProcessProvider, spec: LabSpec) -> Started:
    seen, whole = until_ready(provider, spec)
    parts = {one.name: (one.ready_at or 0) - (one.started_at or 0) for one in seen.components}
    return Started(whole, parts)


def _by_hand(provider: ProcessProvider, spec: LabSpec) -> Started:
    """Start what a stopped lab left behind with its own commands, all at once, and ask each until it answers."""
    folder = LabFolder(provider.root, spec.name)
    seen = provider.observe(spec)
    ports = {one.name: int((one.address or ":0").rpartition(":")[2]) for one in seen.components}
    provider.stop(spec)
    chosen = {name: known_components()[name] for name in spec.components}
    kitchen = Kitchen(spec, folder, thin.locked(provider.environment), chosen, ports, provider.programs)
    started = time.monotonic()
    for name in spec.components:
        log, variables = folder.log(name), kitchen.component_variables(name)
        processes.start(kitchen.argv(name), cwd=folder.work, environment=variables, log=log)
    parts: dict[str, float] = {}
    while len(parts) < len(chosen):
        for name, component in chosen.items():
            if name not in parts and readiness.answers(component, spec, ports[name]):
                parts[name] = time.monotonic() - started
        time.sleep(0.02)
    whole = time.monotonic() - started
    processes.end([], mark=spec.mark)
    return Started(whole, parts)


def _memory(provider: ProcessProvider, spec: LabSpec) -> dict[str, float]:
    """MB that each component holds, shared pages counted once, with a model loaded and no kernel running."""
    seen, _ = until_ready(provider, spec)
    ran = provider.run(spec, ["python", "-c", TRAIN], timeout=180)
    if ran.exit != 0:
        raise SystemExit(ran.stderr)
    serving = seen.component("serving")
    ask = (
        f"import os, urllib.request as u; exit(b'tiny' not in u.urlopen('{serving and serving.address}/health').read())"
    )
    until("the model", lambda: provider.run(spec, ["python", "-c", ask]).exit == 0, seconds=60)
    held: dict[str, float] = {}
    for process in processes.marked(spec.mark):
        name = processes.variable(process, "ACADEMY_COMPONENT") or "other"
        with contextlib.suppress(psutil.Error):
            held[name] = held.get(name, 0.0) + process.memory_full_info().pss / 1e6
    return held


def _four_components() -> None:
    ours: list[Started] = []
    again: list[Started] = []
    floor: list[Started] = []
    memory: dict[str, float] = {}
    for _ in range(TIMES):
        with _lab(EVERYTHING) as (provider, spec):
            ours.append(_ours(provider, spec))
            floor.append(_by_hand(provider, spec))
            again.append(_ours(provider, spec))
            if not memory:
                memory = _memory(provider, spec)
    heading(f"start of a lab, median of {TIMES}, s", "by hand", "lab", "lab started again", "ratio", "MB (PSS)")
    for name in EVERYTHING:
        _row(name, [median(one.parts[name] for one in many) for many in (floor, ours, again)], memory.get(name, 0.0))
    _row("**ready**", [median(one.whole for one in many) for many in (floor, ours, again)], sum(memory.values()))


def _row(name: str, seconds: list[float], memory: float) -> None:
    by_hand, ours, _ = seconds
    row(name, *(f"{one:.1f}" for one in seconds), f"{ours / by_hand:.2f}", f"{memory:.0f}")


def _workspace_only() -> None:
    ours: list[float] = []
    for _ in range(TIMES):
        with _lab(("workspace",)) as (provider, spec):
            ours.append(_ours(provider, spec).whole)
    theirs = hub_seconds(TIMES)
    print()
    heading(f"workspace only, median of {TIMES}", "seconds", "ratio")
    for name, values in (("JupyterHub, SimpleLocalProcessSpawner", theirs), ("a lab with only a workspace", ours)):
        row(name, f"{median(values):.1f}", f"{median(values) / median(theirs):.2f}")


def main() -> None:
    _four_components()
    _workspace_only()
