"""A provider that is opened when something is asked of it: one that cannot be opened is a fault like any other.

What cannot be opened is tried anew with the next call, and so is what was opened and turned out not to fit any more
(an image list that was written anew, a cluster that moved). Nobody has to restart a worker for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from labs.errors import ImageMissing, ProviderAway
from labs.ports import CommandResult, Observation, Owned, Promises, Provider
from labs.spec import LabSpec
from lms.config import Settings
from lms.lab_provider import provider_of

Answer = TypeVar("Answer")
#: After these the settings are read again: they may be what is out of date.
_OPEN_ANEW = (ProviderAway, ImageMissing)


class LateProvider:
    """The provider of these settings; every call may raise ProviderUnopened besides what the provider itself raises.

    `patience` as in `provider_of`: people at a terminal wait, those who come back anyway do not.
    """

    def __init__(self, settings: Settings, *, patience: float = 20.0) -> None:
        self._settings = settings
        self._patience = patience
        self._opened: Provider | None = None

    def opened(self) -> Provider:
        """Give the provider itself, for who needs its client."""
        if self._opened is None:
            self._opened = provider_of(self._settings, patience=self._patience)
        return self._opened

    @property
    def promises(self) -> Promises:
        """Say what isolation a lab gets."""
        return self.opened().promises

    def ensure(self, lab: LabSpec) -> Observation:
        """Take one short step towards a running lab."""
        return self._ask(lambda provider: provider.ensure(lab))

    def observe(self, lab: LabSpec) -> Observation:
        """Look without changing anything."""
        return self._ask(lambda provider: provider.observe(lab))

    def stop(self, lab: LabSpec) -> Observation:
        """End every process of the lab and keep its work."""
        return self._ask(lambda provider: provider.stop(lab))

    def delete(self, lab: LabSpec) -> None:
        """Remove the lab and its work."""
        self._ask(lambda provider: provider.delete(lab))

    def list_owned(self) -> Sequence[Owned]:
        """List every lab of this installation that left something."""
        return self._ask(lambda provider: provider.list_owned())

    def epoch(self) -> str | None:
        """Give what was noted last."""
        return self._ask(lambda provider: provider.epoch())

    def note_epoch(self, epoch: str) -> None:
        """Keep this text."""
        self._ask(lambda provider: provider.note_epoch(epoch))

    def logs(self, lab: LabSpec, component: str, *, max_bytes: int = 65_536) -> str:
        """Give the end of a component's log."""
        return self._ask(lambda provider: provider.logs(lab, component, max_bytes=max_bytes))

    def run(self, lab: LabSpec, command: Sequence[str], *, timeout: float = 60.0) -> CommandResult:
        """Run a command in the lab's workspace."""
        return self._ask(lambda provider: provider.run(lab, command, timeout=timeout))

    def read(self, lab: LabSpec, path: str, *, max_bytes: int = 1_048_576) -> bytes | None:
        """Read a regular file of the workspace."""
        return self._ask(lambda provider: provider.read(lab, path, max_bytes=max_bytes))

    def _ask(self, question: Callable[[Provider], Answer]) -> Answer:
        try:
            return question(self.opened())
        except _OPEN_ANEW:
            self._opened = None
            raise
