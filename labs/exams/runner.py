"""Where a learner's services run, as an examiner sees it: beside it in sandboxes, or where its caller starts them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from labs.exams.plan import Plan

LOG_SHOWN = 6_000


@dataclass(frozen=True)
class Order:
    """One service to be started: its own environment and nothing else, in `workdir` of the submission."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    workdir: str


class Started(Protocol):
    """The services of one fresh start, by name, in the order in which they were asked for."""

    async def exits(self) -> Mapping[str, int]:
        """The exit codes of those that ended by themselves."""
        ...

    async def refresh(self) -> None:
        """Make `logs` as new as it can be."""
        ...

    def logs(self) -> Mapping[str, str]:
        """The end of what each wrote, at the last refresh or later."""
        ...

    async def unseen_cpu_seconds(self) -> float | None:
        """Processor time of all services of this exam that the examiner does not see; None where nobody can tell."""
        ...

    async def end(self) -> None:
        """End every one and everything that it started; the logs stay."""
        ...


class Runner(Protocol):
    """Starts services and says how they and the examiner reach one another.

    `listen` is the address on which both listen; `examiner` is what services call the examiner.
    """

    listen: str
    examiner: str

    def addresses(self, names: list[str]) -> "Addresses":
        """Ports for the services of one start."""
        ...

    async def start(self, orders: Mapping[str, Order], addresses: "Addresses") -> Started:
        """Start all of them; they need not be ready yet."""
        ...


@dataclass
class Addresses:
    """Where the services of one start listen: ports are known before it, hosts may be known only after it."""

    ports: Mapping[str, int]
    hosts: dict[str, str]

    def url(self, name: str) -> str:
        """The base address of a service; a KeyError before it is known."""
        return f"http://{self.hosts[name]}:{self.ports[name]}"


def base_env(plan: Plan) -> dict[str, str]:
    """What every service finds in its environment, wherever it runs."""
    return {
        "PATH": f"{Path(plan.lab_python).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/work",
        "WORK": "/work",
        "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
