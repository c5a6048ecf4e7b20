"""What `${...}` in a recipe stands for when the lab is local processes in a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labs import recipes
from labs.components.loader import HERE
from labs.components.model import Component
from labs.errors import ProgramMissing
from labs.providers.machine import LOOPBACK
from labs.providers.machine.notes import write_private
from labs.providers.process.folders import LabFolder
from labs.providers.process.thin import Locked
from labs.recipe_values import Folders, Place, Values
from labs.spec import LabSpec

# Everything else of the platform's environment stays with the platform: settings, credentials, database addresses.
PASSED_ON = ("LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL")
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/homebrew/bin"


@dataclass(frozen=True)
class Kitchen:
    """One local lab, and its recipes filled with its values."""

    lab: LabSpec
    folder: LabFolder
    locked: Locked
    components: Mapping[str, Component]
    ports: Mapping[str, int]
    programs: Path | None

    @property
    def values(self) -> Values:
        """What this machine says of the lab: every component is on loopback, where only this machine reaches it."""
        door = next((name for name, one in self.components.items() if one.door), None)
        folder = self.folder
        return Values(
            lab=self.lab,
            components=self.components,
            places={name: self._place(name) for name in self.components},
            folders=Folders(
                environment=str(self.locked.folder), layer=str(folder.thin), work=str(folder.work),
                home=str(folder.home), tmp=str(folder.top / "tmp"),
            ),
            listen=LOOPBACK,
            # The workspace itself is the door: the browser comes to its port.
            door_url=f"http://{self.lab.host}" + (f":{self.ports[door]}" if door else ""),
            path=SYSTEM_PATH,
            program=lambda name: find_program(name, self.programs),
            inherited={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        )  # fmt: skip

    def _place(self, name: str) -> Place:
        state, run = str(self.folder.state(name)), str(self.folder.run(name))
        return Place(LOOPBACK, self.ports[name], files=str(HERE / name), state=state, run=run)

    def variables(self) -> dict[str, str]:
        """The environment of everything that a learner runs in the lab: terminals, kernels, commands."""
        return recipes.variables(self.values)

    def component_variables(self, name: str) -> dict[str, str]:
        """The environment of one component."""
        return dict(self._filled(name).environment)

    def argv(self, name: str) -> list[str]:
        """The command of one component."""
        return list(self._filled(name).argv)

    def write_files(self, name: str) -> None:
        """Write what the component reads at start; these files may hold secrets and are for the owner only."""
        self.folder.state(name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.run(name).mkdir(parents=True, exist_ok=True, mode=0o700)
        for relative in self.components[name].recipe.folders:
            (self.folder.work / relative).mkdir(parents=True, exist_ok=True)
        for file, text in self._filled(name).files.items():
            write_private(self.folder.run(name) / file, text)

    def write_home(self) -> None:
        """Give the lab's home what it begins with; what is there, the learner may have changed, and it stays."""
        for name, text in recipes.home_files(self.values).items():
            path = self.folder.home / name
            if not path.exists():
                write_private(path, text)

    def _filled(self, name: str) -> recipes.Filled:
        return recipes.fill(self.components[name], self.values)


def find_program(name: str, programs: Path | None) -> str:
    """Find a program that only the system's package manager has; raise with the command to type."""
    own = programs / name if programs else None
    if own and own.is_file() and os.access(own, os.X_OK):
        return str(own)
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        raise ProgramMissing(f"the program '{name}' is not installed; on Debian: sudo apt-get install {name}")
    return found
