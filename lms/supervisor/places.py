"""Where the supervisor of an instance keeps what it must find again."""

import os
from dataclasses import dataclass
from pathlib import Path

from lms.config import Settings

#: In the environment of every process that belongs to the platform itself. Labs and exams do not inherit it.
MARKER = "ACADEMY_SUPERVISED"
#: Before the one line of the database step that the supervisor reads; every other line is log.
RESULT = "academy-result "


@dataclass(frozen=True)
class Places:
    """The folders and files of one instance that concern its processes."""

    instance: Path

    @classmethod
    def of(cls, settings: Settings) -> "Places":
        return cls(settings.instance_folder.absolute())

    def make(self) -> None:
        """The folders exist and only their owner may enter: sockets and logs are nobody else's."""
        for folder in (self.instance, self.run, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
            if folder.stat().st_uid == os.getuid():
                folder.chmod(0o700)

    @property
    def run(self) -> Path:
        return self.instance / "run"

    @property
    def logs(self) -> Path:
        return self.instance / "logs"

    @property
    def lock(self) -> Path:
        return self.run / "up.lock"

    @property
    def supervisor(self) -> Path:
        return self.run / "supervisor.json"

    @property
    def all_ends(self) -> Path:
        """There while `lms down` ends the supervisor, to end every lab after it."""
        return self.run / "all-ends"

    @property
    def children(self) -> Path:
        return self.run / "children.json"
