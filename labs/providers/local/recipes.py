"""Fills a component's process recipe with the values of one lab."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import bcrypt

from labs.components.loader import HERE
from labs.components.model import Component
from labs.errors import ProgramMissing
from labs.providers.local.addresses import LOOPBACK
from labs.providers.local.folders import LabFolder, write_private
from labs.providers.local.processes import MARK
from labs.providers.local.thin import Locked
from labs.spec import LabSpec

# Everything else of the platform's environment stays with the platform: settings, credentials, database addresses.
PASSED_ON = ("LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL")
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/homebrew/bin"


@dataclass(frozen=True)
class Kitchen:
    """Everything that recipes of one lab are filled from."""

    lab: LabSpec
    folder: LabFolder
    locked: Locked
    components: Mapping[str, Component]
    ports: Mapping[str, int]
    programs: Path | None

    @property
    def python(self) -> Path:
        """The lab's own interpreter, in its thin layer."""
        return self.folder.thin / "bin" / "python"

    def url(self, name: str) -> str:
        """Where a component listens."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    @property
    def door_name(self) -> str | None:
        """The component through which the browser comes in."""
        return next((name for name, one in self.components.items() if one.door), None)

    @property
    def door_host(self) -> str:
        """Host and port under which the browser sees the lab."""
        return f"{self.lab.host}:{self.ports[self.door_name]}" if self.door_name else self.lab.host

    def variables(self) -> dict[str, str]:
        """The environment of everything that a learner runs in the lab: terminals, kernels, commands."""
        inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        token = self.lab.token.get_secret_value()
        return self._base() | inherited | self._of_components() | {"LAB_TOKEN": token}

    def component_variables(self, name: str) -> dict[str, str]:
        """The environment of one component; it has the lab's token only where the recipe asks for it."""
        recipe = self.components[name].process
        filled = {key: self._fill(value, name) for key, value in recipe.environment.items()}
        everything = self.variables() | filled | {"ACADEMY_COMPONENT": name}
        if not recipe.knows_token:
            del everything["LAB_TOKEN"]
        return everything

    def argv(self, name: str) -> list[str]:
        """The command of one component."""
        return [self._fill(part, name) for part in self.components[name].process.run]

    def write_files(self, name: str) -> None:
        """Write what the component reads at start; these files may hold secrets and are for the owner only."""
        recipe = self.components[name].process
        self.folder.state(name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.run(name).mkdir(parents=True, exist_ok=True, mode=0o700)
        for relative in recipe.folders:
            (self.folder.work / relative).mkdir(parents=True, exist_ok=True)
        for file in recipe.files:
            text = Template((HERE / name / file).read_text()).substitute(self._values(name))
            write_private(self.folder.run(name) / file, text)

    def _base(self) -> dict[str, str]:
        return {
            MARK: self.lab.mark,
            "PATH": f"{self.folder.thin / 'bin'}:{SYSTEM_PATH}",
            "VIRTUAL_ENV": str(self.folder.thin),
            "HOME": str(self.folder.home),
            "TMPDIR": str(self.folder.top / "tmp"),
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "LAB_WORK": str(self.folder.work),
            "PYTHONUNBUFFERED": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "GIT_PYTHON_REFRESH": "quiet",
            "MPLBACKEND": "agg",
        }

    def _of_components(self) -> dict[str, str]:
        return {
            key: Template(value).substitute(url=self.url(name))
            for name, one in self.components.items()
            for key, value in one.environment.items()
        }

    def _fill(self, text: str, name: str) -> str:
        return Template(text).substitute(self._values(name))

    def _values(self, name: str) -> dict[str, str]:
        values = {
            "python": self.python, "locked_python": self.locked.python, "environment": self.locked.folder,
            "component": HERE / name, "work": self.folder.work, "home": self.folder.home,
            "state": self.folder.state(name), "run": self.folder.run(name), "port": self.ports[name],
            "url": self.url(name), "door_name": self.lab.host, "door_host": self.door_host,
            "frame_origin": self.lab.frame_origin, "open": self.lab.open or "", "proxied": self._proxied(),
            "scrapes": self._scrapes(), "token_bcrypt": self._token_bcrypt() if self._is_basic(name) else "",
        }  # fmt: skip
        programs = {program: find_program(program, self.programs) for program in self.components[name].process.needs}
        return {key: str(value) for key, value in (values | programs).items()}

    def _is_basic(self, name: str) -> bool:
        return self.components[name].credential == "basic"

    def _token_bcrypt(self) -> str:
        # The token is random and long, so the cheapest cost is enough, and each request is checked faster.
        return bcrypt.hashpw(self.lab.token.get_secret_value().encode(), bcrypt.gensalt(rounds=4)).decode()

    def _proxied(self) -> str:
        """What the workspace's proxy serves, as JSON."""
        return json.dumps([
            {"name": name, "title": one.title, "port": self.ports[name], "credential": one.credential}
            for name, one in self.components.items() if one.proxied
        ])  # fmt: skip

    def _scrapes(self) -> str:
        """One Prometheus job per component that has metrics, as JSON, which is YAML too."""
        jobs = []
        for name, one in self.components.items():
            if one.metrics is None:
                continue
            job: dict[str, object] = {
                "job_name": name,
                "metrics_path": one.metrics,
                "static_configs": [{"targets": [f"{LOOPBACK}:{self.ports[name]}"]}],
            }
            if one.credential == "basic":
                job["basic_auth"] = {"username": "lab", "password": self.lab.token.get_secret_value()}
            jobs.append(job)
        more = {"files": [str(self.folder.work / "prometheus" / "targets" / "*.yml")], "refresh_interval": "2s"}
        return json.dumps([*jobs, {"job_name": "workspace-targets", "file_sd_configs": [more]}])


def find_program(name: str, programs: Path | None) -> str:
    """Find a program that only the system's package manager has; raise with the command to type."""
    own = programs / name if programs else None
    if own and own.is_file() and os.access(own, os.X_OK):
        return str(own)
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        raise ProgramMissing(f"the program '{name}' is not installed; on Debian: sudo apt-get install {name}")
    return found
