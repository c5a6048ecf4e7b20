"""What a provider of labs can do, and the small JSON state in which it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from labs.spec import LabSpec

LabState = Literal["absent", "starting", "ready", "stopped", "failed"]
Phase = Literal["waiting", "starting", "ready", "failed"]
Whose = Literal["ours", "learner"]
Kept = Literal["yes", "partly", "no"]
Isolation = Literal["files", "network", "packages", "processes", "memory", "cpu", "disk"]
"""`files`: those of the machine; `network`: all but the lab's own; `packages`: those that another lab installed; the
others are limits, `processes` their number.
"""


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ComponentSeen(_Seen):
    """One component as it was seen; times are seconds since the epoch."""

    name: str
    phase: Phase
    started_at: float | None = None
    ready_at: float | None = None
    detail: str = ""
    address: str | None = None
    """Where the judge reaches it; not for the learner's browser."""
    host: str | None = None
    """The name by which it is asked there, for it refuses others; None where the address has it."""
    page: str | None = None
    """The path of its page for people, within the component; None when it has none."""


class Door(_Seen):
    """Where the learner's browser enters; the credential is not in it, the platform adds `?token=`."""

    url: str
    path: str


class LabProblem(_Seen):
    """Why a lab failed: whose fault, one sentence, and the end of the log that shows it."""

    whose: Whose
    what: str
    log: str = ""


class Observation(_Seen):
    """A lab as a provider saw it, small enough to be stored in a row."""

    state: LabState
    generation: int | None = None
    components: tuple[ComponentSeen, ...] = ()
    door: Door | None = None
    problem: LabProblem | None = None
    started_at: float | None = None
    ready_at: float | None = None
    lost: bool = False
    """What there is of this generation is being removed from outside, work and all: only a newer one can start."""

    def component(self, name: str) -> ComponentSeen | None:
        """Give the component of this name, or None."""
        return next((one for one in self.components if one.name == name), None)


#: Of each stream of a command, of whatever provider.
CAP_BYTES = 262_144


class CommandResult(_Seen):
    """How a command in a lab ended. `exit` is None when the time limit ended it; output is cut at a cap."""

    exit: int | None
    stdout: str
    stderr: str
    cut: bool = False


class Owned(_Seen):
    """One lab that a provider holds something of: a folder, processes, or both."""

    name: str
    lab_id: int | None
    generation: int | None
    running: bool
    uid: str | None = None
    """Tells it from another of the same name that comes after it, where the provider can."""


class Promise(_Seen):
    """One line of the isolation table that the lab page shows."""

    subject: str
    kept: Kept
    how: str
    about: tuple[Isolation, ...] = ()
    """What of it the conformance suite shows: that it holds where it is promised, and that it does not elsewhere."""


class Promises(_Seen):
    """What isolation a provider promises, and for whom it is therefore meant."""

    provider: str
    summary: str
    rows: tuple[Promise, ...]

    def kept(self, what: Isolation) -> Kept:
        """Say whether this is promised; what no line speaks of is not."""
        return next((row.kept for row in self.rows if what in row.about), "no")


class Provider(Protocol):
    """Runs labs. Every call may be repeated, by anyone, at any time, and by several callers at once.

    Faults of the platform are raised as `labs.errors.OurFault`; a lab that cannot start is a `failed` observation.
    """

    @property
    def promises(self) -> Promises:
        """Say what isolation a lab gets."""
        ...

    def ensure(self, lab: LabSpec) -> Observation:
        """Take one short step towards a running lab and return what is now; call again until it is ready."""
        ...

    def observe(self, lab: LabSpec) -> Observation:
        """Look without changing anything."""
        ...

    def stop(self, lab: LabSpec) -> Observation:
        """End every process of the lab and keep its work; stopping a stopped lab is fine."""
        ...

    def delete(self, lab: LabSpec) -> None:
        """Remove the lab and its work; deleting what is not there is fine."""
        ...

    def list_owned(self) -> Sequence[Owned]:
        """List every lab of this installation that left something on the machine."""
        ...

    def epoch(self) -> str | None:
        """Give what was noted here last, by whom ever of this installation; None when nothing was."""
        ...

    def note_epoch(self, epoch: str) -> None:
        """Keep this text, which tells which database of the platform was the last; it outlives every lab."""
        ...

    def logs(self, lab: LabSpec, component: str, *, max_bytes: int = 65_536) -> str:
        """Give the end of a component's log."""
        ...

    def run(self, lab: LabSpec, command: Sequence[str], *, timeout: float = 60.0) -> CommandResult:
        """Run a command in the lab's workspace with the lab's environment; nothing of it outlives the call."""
        ...

    def read(self, lab: LabSpec, path: str, *, max_bytes: int = 1_048_576) -> bytes | None:
        """Read at most `max_bytes` of a regular file of the workspace; None when absent; follows no links."""
        ...


@runtime_checkable
class HoldsMore(Protocol):
    """A provider that holds something which belongs to no lab: a door for all of them, and the place of their work."""

    def close_door(self) -> None:
        """End what all labs share and what can be made again; the next lab makes it."""
        ...

    def remove_all(self) -> None:
        """Remove what is held beside the labs, which are gone already, for good."""
        ...
