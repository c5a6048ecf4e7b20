"""Namespaces of their own for the whole cluster, and running programs in them.

One process, `pause`, is the first of a new process namespace and holds new network, mount, host name and IPC
namespaces. When it ends, the kernel ends every process in there and takes with it the veth pair, the bridge, nftables,
sandboxes and mounts: what cannot be forgotten need not be cleaned. The machine itself only gets one interface with one
address and two routes, which go with the pair, and a cgroup subtree.
"""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.cluster.equipment.notes import Notes, Process, boot_id
from tests.cluster.equipment.places import CHECKOUT, NODE_NAME, PATHS, EquipmentError, Places
from tests.cluster.equipment.programs import run
from tests.factories.waiting import until

NAMESPACES = ("--pid", "--net", "--mount", "--uts", "--ipc")


@dataclass
class Machine:
    """The inside, seen from outside."""

    places: Places
    notes: Notes

    def inside(self, command: Sequence[str | Path]) -> list[str]:
        """The command, run in the namespaces: a child of nsenter, which itself stays outside the process namespace."""
        assert self.notes.holder is not None, "no namespaces yet"
        target = f"--target={self.notes.holder.pid}"
        return ["nsenter", target, *NAMESPACES, "--", *map(str, command)]

    def run(self, *command: str | Path, stdin: str | None = None, may_fail: bool = False) -> str:
        return run(self.inside(command), cwd=Path("/"), stdin=stdin, may_fail=may_fail, seconds=300)

    def spawn(self, name: str, command: Sequence[str | Path]) -> Process:
        """Starts a component that outlives this process; its output goes to a log of its name."""
        # Entering a mount namespace leads to its root: our own modules are found by PYTHONPATH.
        with self.places.log(name).open("ab") as log:
            entered = subprocess.Popen(
                self.inside(command), cwd="/", env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        child = _only_child(name, entered, self.places.log(name))
        self.notes.components = [one for one in self.notes.components if one.name != name] + [child]
        self.notes.save(self.places.notes)
        return child

    def environment(self) -> dict[str, str]:
        """Little, and nothing of the person who starts it: no proxy, no kubeconfig."""
        return {
            "PATH": PATHS,
            "HOME": str(self.places.folder("home")),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
        }

    def component(self, name: str) -> Process | None:
        return next((one for one in self.notes.components if one.name == name), None)


def _only_child(name: str, entered: subprocess.Popen[bytes], log: Path) -> Process:
    """nsenter's child, which is the component: nsenter itself would pass no signal on."""

    def children() -> list[psutil.Process]:
        if entered.poll() is not None:
            raise EquipmentError(f"{name} ended at once, with {entered.returncode}. {last_lines(log)}")
        try:
            return psutil.Process(entered.pid).children()
        except psutil.NoSuchProcess:
            return []

    until(f"{name} to start", children, seconds=10)
    return Process.of(name, children()[0].pid)


def last_lines(log: Path) -> str:
    tail = "\n".join(f"    | {line}" for line in log.read_text(errors="replace").splitlines()[-15:])
    return f"{log} ends with\n{tail}"


def open_machine(places: Places, pause: Path) -> Machine:
    """New namespaces with `pause` as their first process; saved in the notes at once."""
    # Not shared with the machine (private), but shared further down (see `mounts.py`).
    command = [
        "unshare",
        *NAMESPACES,
        "--fork",
        "--mount-proc",
        "--propagation=private",
        "--kill-child=SIGKILL",
        str(pause),
    ]
    with places.log("holder").open("ab") as log:
        launcher = subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    notes = Notes(boot_id(), launcher=Process.of("unshare", launcher.pid))
    notes.save(places.notes)
    notes.holder = _only_child("the namespaces", launcher, places.log("holder"))
    notes.save(places.notes)
    machine = Machine(places, notes)
    # `unshare` mounts /proc between fork and exec: commands may enter once the program runs.
    until("the namespaces", lambda: _runs(notes.holder, pause), seconds=10)
    machine.run("hostname", NODE_NAME)
    return machine


def _runs(holder: Process | None, program: Path) -> bool:
    found = holder.found() if holder else None
    if found is None:
        raise EquipmentError("the namespaces could not be made: is this root on Linux, outside a restricted container?")
    return Path(found.exe()) == program.resolve()


def wait_for(what: str, condition: Callable[[], object], machine: Machine, name: str, *, seconds: float) -> None:
    """Until `condition()` holds; when the component ends meanwhile, its last lines are the error."""
    deadline = time.monotonic() + seconds
    while not condition():
        process = machine.component(name)
        ended = process is None or process.found() is None
        if ended or time.monotonic() > deadline:
            why = "ended" if ended else f"not there within {seconds:.0f} s"
            raise EquipmentError(f"{what}: {name} {why}. {last_lines(machine.places.log(name))}")
        time.sleep(0.05)
