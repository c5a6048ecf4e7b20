"""The learner's services as processes beside the examiner: each in a sandbox of its own where the machine has one."""

import asyncio
import itertools
import os
import random
import shutil
import signal
import socket
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from labs.exams import sandbox
from labs.exams.plan import Plan
from labs.exams.runner import LOG_SHOWN, Addresses, Order
from labs.exams.tether import tethered

LOG_BYTES = 64 * 1024
HOST = "127.0.0.1"


#: Below the ports that systems give out by themselves, and apart from those of labs.
_ports = itertools.count(random.randrange(15_000, 19_000))  # noqa: S311 - several processes at once rarely meet


def free_port() -> int:
    """A port that nobody listens on now, never given twice, and that no connection or proxy can take meanwhile."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise AssertionError("a count has no end")


class RunningService:
    """One process of the learner's; its output is kept to the last 64 KiB."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._log = bytearray()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        stream = self.process.stdout
        while stream and (chunk := await stream.read(16384)):
            self._log += chunk
            del self._log[:-LOG_BYTES]

    def log(self) -> str:
        """The end of what it wrote."""
        return bytes(self._log[-LOG_SHOWN:]).decode("utf-8", "replace")

    async def end(self) -> None:
        """Kill the process and everything it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._reader, 2)


class LocalStarted:
    """Processes and the folders that they were given."""

    def __init__(self) -> None:
        self.services: dict[str, RunningService] = {}
        self.folders: list[Path] = []

    async def exits(self) -> Mapping[str, int]:
        """The exit codes of those that ended by themselves."""
        codes = {name: service.process.returncode for name, service in self.services.items()}
        return {name: code for name, code in codes.items() if code is not None}

    async def refresh(self) -> None:
        """Logs are read as they are written."""

    def logs(self) -> Mapping[str, str]:
        """The end of what each wrote."""
        return {name: service.log() for name, service in self.services.items()}

    async def unseen_cpu_seconds(self) -> float:
        """They are all seen."""
        return 0.0

    async def end(self) -> None:
        """Kill them and remove their folders."""
        await asyncio.gather(*(service.end() for service in self.services.values()))
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


class LocalRunner:
    """Starts services on this machine, on loopback."""

    listen = examiner = HOST

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def addresses(self, names: list[str]) -> Addresses:
        """Free ports."""
        return Addresses({name: free_port() for name in names}, dict.fromkeys(names, HOST))

    async def start(self, orders: Mapping[str, Order], addresses: Addresses) -> LocalStarted:
        """Start all of them, or none."""
        started = LocalStarted()
        try:
            for name, order in orders.items():
                started.services[name] = RunningService(await self._start(order, started.folders))
        except BaseException:
            await started.end()
            raise
        return started

    async def _start(self, order: Order, folders: list[Path]) -> asyncio.subprocess.Process:
        argv, env, cwd = list(order.argv), dict(order.env), None
        if self._plan.isolation == "bubblewrap":
            argv = sandbox.service_argv(
                argv,
                reads=self._plan.lab_reads,
                env=env,
                workdir=f"/submission/{order.workdir}",
                submission=self._plan.submission,
            )
        else:
            cwd, env = self._plain_folder(order, folders)
        # Without a sandbox a limit on processes would count those of the whole person, so it is left out.
        limits = {"file_bytes": sandbox.LIMITS["fsize"], "open_files": sandbox.LIMITS["nofile"]} if cwd else {}
        return await asyncio.create_subprocess_exec(
            *tethered(argv, **limits),
            cwd=cwd,
            env=env if cwd else {"PATH": "/usr/bin:/bin"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )

    def _plain_folder(self, order: Order, folders: list[Path]) -> tuple[Path, dict[str, str]]:
        folder = Path(tempfile.mkdtemp(prefix="service-"))
        folders.append(folder)
        shutil.copytree(self._plan.submission, folder / "submission")
        (folder / "work").mkdir()
        work = str(folder / "work")
        return folder / "submission" / order.workdir, {**order.env, "HOME": work, "WORK": work, "TMPDIR": work}
