"""The fake provider, which also does as a test says: it fails, it holds on to labs, and it has labs of nobody."""

from collections.abc import Sequence

from labs.errors import LabBusy, OurFault
from labs.ports import LabProblem, Observation, Owned
from labs.providers.fake import Fake, Store
from labs.spec import LabSpec


class ScriptedFake(Fake):
    """`calls` keeps what was asked, in order; each call raises `breaks`, a step of a start ends in `problem`."""

    def __init__(self) -> None:
        super().__init__(Store())
        self.calls: list[tuple[str, str]] = []
        self.breaks: Exception | None = None
        self.problem: LabProblem | None = None
        self.sticks: set[str] = set()
        """Labs that cannot be deleted."""
        self.lingers: set[str] = set()
        """Labs whose end is ordered and takes longer than who orders it waits."""
        self.strays: dict[str, Owned] = {}
        """By name, labs that nobody ordered."""

    @property
    def kept(self) -> dict[str, int | None]:
        """By name, the generation of the work that is kept."""
        return {one.name: one.generation for one in self.list_owned()}

    @property
    def running(self) -> set[str]:
        return {one.name for one in self.list_owned() if one.running}

    def stray(self, name: str, *, lab_id: int | None = None, running: bool = False) -> None:
        """A lab that nobody ordered; `lab_id` where it still knows its number."""
        self.strays[name] = Owned(name=name, lab_id=lab_id, generation=1, running=running)

    def run_again(self, name: str) -> None:
        """What a worker does that slept through the lab's stop."""
        self.store.labs[name].wanted = True

    def end_all(self) -> None:
        """All labs die behind everybody's back."""
        for held in self.store.labs.values():
            held.wanted = False

    def ensure(self, lab: LabSpec) -> Observation:
        self._called("ensure", lab)
        seen = super().ensure(lab)
        return Observation(state="failed", problem=self.problem) if self.problem else seen

    def stop(self, lab: LabSpec) -> Observation:
        self._called("stop", lab)
        if stray := self.strays.get(lab.name):
            self.strays[lab.name] = stray.model_copy(update={"running": False})
        seen = super().stop(lab)
        if lab.name in self.lingers:
            raise LabBusy(f"the pods of {lab.name} did not end")
        return seen

    def delete(self, lab: LabSpec) -> None:
        self._called("delete", lab)
        if lab.name in self.sticks:
            raise OurFault(f"{lab.name} cannot be deleted")
        self.strays.pop(lab.name, None)
        super().delete(lab)

    def list_owned(self) -> Sequence[Owned]:
        return sorted([*super().list_owned(), *self.strays.values()], key=lambda one: one.name)

    def _called(self, what: str, lab: LabSpec) -> None:
        self.calls.append((what, lab.name))
        if self.breaks:
            raise self.breaks
