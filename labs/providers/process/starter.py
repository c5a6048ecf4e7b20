"""Starts the components of one lab and watches over them until they answer."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable

from labs.errors import EnvironmentMissing, ProgramMissing
from labs.ports import LabProblem
from labs.providers.machine import processes, readiness, reading
from labs.providers.process import templates
from labs.providers.process.recipes import Kitchen
from labs.providers.process.record import ComponentRecord, LabRecord

MAX_DEATHS = 3
DEATH_WINDOW = 60.0
LOG_CAP = 8 * 1_048_576


def tend(kitchen: Kitchen, name: str, one: ComponentRecord, *, save: Callable[[], None]) -> LabProblem | None:
    """Start the component when it does not run, ask it when it is starting; give the problem when it cannot run."""
    if one.process and processes.is_alive(one.process):
        if one.ready_at is None and _is_ready(kitchen, name, one):
            with contextlib.suppress(readiness.NoAnswer):
                one.page = readiness.page(kitchen.components[name], kitchen.lab, one.port)
                one.ready_at = time.time()
        return None
    if one.started_at is not None:
        now = time.time()
        one.deaths = [death for death in one.deaths if now - death < DEATH_WINDOW] + [now]
        if len(one.deaths) >= MAX_DEATHS:
            return _gave_up(kitchen, name)
    try:
        _launch(kitchen, name, one)
    except (ProgramMissing, EnvironmentMissing, OSError) as error:
        return LabProblem(whose="ours", what=f"{name} cannot be started: {error}")
    save()
    return None


def too_slow(kitchen: Kitchen, now: LabRecord) -> LabProblem:
    """Say which components did not answer in the time that a lab has for its start."""
    late = [name for name, one in now.components.items() if not one.ready_at]
    what = f"{', '.join(late)} did not answer within {kitchen.lab.limits.start_seconds} s"
    return LabProblem(whose="ours", what=what, log=reading.tail(kitchen.folder.log(late[0]), max_bytes=4000))


def forget_processes(now: LabRecord) -> None:
    """Note that the lab was stopped; its ports are kept for the next start."""
    now.wanted, now.started_at, now.ready_at, now.problem = False, None, None, None
    for one in now.components.values():
        one.process, one.started_at, one.ready_at, one.deaths = None, None, None, []


def _launch(kitchen: Kitchen, name: str, one: ComponentRecord) -> None:
    component, folder = kitchen.components[name], kitchen.folder
    # What a dead component left (kernels), and what somebody started who died before he could write it down.
    _end_strays(kitchen, name)
    kitchen.write_files(name)
    templates.copy_into(component, kitchen.locked, folder.state(name))
    log = folder.log(name)
    if log.exists() and log.stat().st_size > LOG_CAP:
        log.replace(log.with_suffix(".log.1"))
    environment = kitchen.component_variables(name)
    one.started_at, one.ready_at = time.time(), None
    one.process = processes.start(kitchen.argv(name), cwd=folder.work, environment=environment, log=log)


def _end_strays(kitchen: Kitchen, name: str) -> None:
    strays = [
        found
        for process in processes.marked(kitchen.lab.mark)
        if processes.variable(process, "ACADEMY_COMPONENT") == name and (found := processes.identify(process.pid))
    ]
    if strays:
        processes.end(strays, mark=None, grace=2.0)


def _is_ready(kitchen: Kitchen, name: str, one: ComponentRecord) -> bool:
    """Ask, and make sure that it is ours who answered: somebody else may have taken the port."""
    answers = readiness.answers(kitchen.components[name], kitchen.lab, one.port)
    return answers and one.process is not None and processes.listens(one.process, one.port)


def _gave_up(kitchen: Kitchen, name: str) -> LabProblem:
    """Say why a component does not stay up; a log that speaks of the workspace's files points at the learner."""
    log = reading.tail(kitchen.folder.log(name), max_bytes=4000)
    theirs = str(kitchen.folder.work) in log
    where = "; its log speaks of a file of the workspace" if theirs else ""
    what = f"{name} ended {MAX_DEATHS} times within {DEATH_WINDOW:.0f} s of being started{where}"
    return LabProblem(whose="learner" if theirs else "ours", what=what, log=log)


def resolve(program: str, path: str) -> str:
    """Find a program on the lab's own PATH; the platform's PATH is not the lab's."""
    return program if "/" in program else shutil.which(program, path=path) or program
