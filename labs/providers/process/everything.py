"""Ends all labs of an installation at once, without their orders: for whoever switches the platform off."""

from __future__ import annotations

from pathlib import Path

from labs import naming
from labs.providers.machine import locks, processes
from labs.providers.process import record, starter
from labs.providers.process.folders import LabFolder, names_in


def stop_all(root: Path, *, installation: str) -> list[str]:
    """End every process of every lab and note that none is wanted; work is kept. Gives the names of those that ran."""
    marks = {mark.partition("/")[2] for mark in processes.all_marks(installation)}
    names = names_in(root) | marks
    return [name for name in sorted(names) if _stop(LabFolder(root, name), mark=naming.ownership(installation, name))]


def _stop(folder: LabFolder, *, mark: str) -> bool:
    with locks.must_hold(folder.lock):
        now = record.load(folder.record)
        identities = now.identities if now else []
        ran = bool(processes.marked(mark)) or any(map(processes.is_alive, identities))
        if not processes.end(identities, mark=mark):
            raise OSError(f"processes of {folder.name} cannot be ended")
        if now is not None and now.wanted:
            starter.forget_processes(now)
            record.save(folder.record, now)
        return ran
