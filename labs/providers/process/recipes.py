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
from labs.spec import LabSpec

# Everything else of the platform's environment stays with the platform: settings, credentials, database addresses.
PASSED_ON = ("LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL")
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/homebrew/bin"


@dataclass(frozen=True)
class Kitchen:
    """The values of one local lab (`labs.recipes.Values`), and its recipes filled with them."""

    lab: LabSpec
    folder: LabFolder
    locked: Locked
    components: Mapping[str, Component]
    ports: Mapping[str, int]
    programs: Path | None

    @property
    def listen(self) -> str:
        """Loopback: only this machine reaches a local lab."""
        return LOOPBACK

    @property
    def environment(self) -> str:
        """The locked environment of all labs."""
        return str(self.locked.folder)

    @property
    def layer(self) -> str:
        """The lab's own layer."""
        return str(self.folder.thin)

    @property
    def work(self) -> str:
        """What the learner sees as the workspace."""
        return str(self.folder.work)

    @property
    def home(self) -> str:
        """HOME of everything in the lab."""
        return str(self.folder.home)

    @property
    def tmp(self) -> str:
        """Passing files of this lab."""
        return str(self.folder.top / "tmp")

    @property
    def path(self) -> str:
        """The machine's programs."""
        return SYSTEM_PATH

    @property
    def inherited(self) -> Mapping[str, str]:
        """Language, certificates and the package index, as the platform has them."""
        return {name: os.environ[name] for name in PASSED_ON if name in os.environ}

    @property
    def door_host(self) -> str:
        """The workspace itself is the door: the browser comes to its port."""
        door = next((name for name, one in self.components.items() if one.door), None)
        return f"{self.lab.host}:{self.ports[door]}" if door else self.lab.host

    def host(self, name: str) -> str:
        """Every component is on loopback."""
        return LOOPBACK

    def port(self, name: str) -> int:
        """The port that was chosen for this lab."""
        return self.ports[name]

    def files(self, name: str) -> str:
        """The component's folder in the checkout."""
        return str(HERE / name)

    def state(self, name: str) -> str:
        """A component's own data."""
        return str(self.folder.state(name))

    def run(self, name: str) -> str:
        """A component's filled files."""
        return str(self.folder.run(name))

    def program(self, name: str) -> str:
        """A program of the machine."""
        return find_program(name, self.programs)

    def variables(self) -> dict[str, str]:
        """The environment of everything that a learner runs in the lab: terminals, kernels, commands."""
        return recipes.variables(self)

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
        for name, text in recipes.home_files(self).items():
            path = self.folder.home / name
            if not path.exists():
                write_private(path, text)

    def _filled(self, name: str) -> recipes.Filled:
        return recipes.fill(self.components[name], self)


def find_program(name: str, programs: Path | None) -> str:
    """Find a program that only the system's package manager has; raise with the command to type."""
    own = programs / name if programs else None
    if own and own.is_file() and os.access(own, os.X_OK):
        return str(own)
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        raise ProgramMissing(f"the program '{name}' is not installed; on Debian: sudo apt-get install {name}")
    return found
