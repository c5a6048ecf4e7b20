"""The learner's services as processes: started in their sandbox, waited for, listened to, ended."""

import asyncio
import itertools
import os
import random
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from labs.exams import sandbox
from labs.exams.errors import LearnerFault
from labs.exams.http import HttpClient, HttpFailed
from labs.exams.manifest import Manifest, Service
from labs.exams.plan import Plan
from labs.exams.report import LogEvidence
from labs.exams.tether import tethered

READY_SECONDS = 60.0
LOG_BYTES = 64 * 1024
LOG_SHOWN = 6_000
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

    def __init__(self, name: str, process: asyncio.subprocess.Process, port: int) -> None:
        self.name, self.process, self.port = name, process, port
        self.url = f"http://{HOST}:{port}"
        self._log = bytearray()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        stream = self.process.stdout
        while stream and (chunk := await stream.read(16384)):
            self._log += chunk
            del self._log[:-LOG_BYTES]

    @property
    def is_running(self) -> bool:
        """Whether the process still lives."""
        return self.process.returncode is None

    def log(self) -> LogEvidence:
        """The end of what it wrote."""
        text = bytes(self._log[-LOG_SHOWN:]).decode("utf-8", "replace")
        text = "".join(char for char in text if char.isprintable() or char in "\n\t")
        return LogEvidence(title=f"{self.name}: end of its log", text=text.strip() or "(it wrote nothing)")

    async def end(self) -> None:
        """Kill the process and everything it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._reader, 2)


class Stack:
    """A fresh start of all services of a submission; leaves nothing behind when its block ends."""

    def __init__(self, plan: Plan, manifest: Manifest, *, env: Mapping[str, Mapping[str, str]]) -> None:
        self.plan, self.manifest, self.env = plan, manifest, env
        self.ports = {name: free_port() for name in manifest.services}
        self.services: dict[str, RunningService] = {}
        self._folders: list[Path] = []

    def url(self, name: str) -> str:
        """Where a service listens, known before it starts."""
        return f"http://{HOST}:{self.ports[name]}"

    async def __aenter__(self) -> "Stack":
        try:
            for name, service in self.manifest.services.items():
                self.services[name] = await self._start(name, service)
            await self._until_ready()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def _end(self) -> None:
        await asyncio.gather(*(service.end() for service in self.services.values()))
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)

    def logs(self) -> list[LogEvidence]:
        """The end of every service's log."""
        return [service.log() for service in self.services.values()]

    def died(self) -> list[RunningService]:
        """Services that ended by themselves."""
        return [service for service in self.services.values() if not service.is_running]

    async def _start(self, name: str, service: Service) -> RunningService:
        env = {**_base_env(self.plan), **service.env, **self.env.get(name, {})}
        env |= {"HOST": HOST, "PORT": str(self.ports[name])}
        argv = service.argv(env)
        cwd: Path | None = None
        if self.plan.isolation == "bubblewrap":
            argv = sandbox.service_argv(
                argv,
                reads=self.plan.lab_reads,
                env=env,
                workdir=f"/submission/{service.workdir}",
                submission=self.plan.submission,
            )
        else:
            cwd, env = self._plain_folder(service, env)
        # Without a sandbox a limit on processes would count those of the whole person, so it is left out.
        limits = {"file_bytes": sandbox.LIMITS["fsize"], "open_files": sandbox.LIMITS["nofile"]} if cwd else {}
        process = await asyncio.create_subprocess_exec(
            *tethered(argv, **limits),
            cwd=cwd,
            env=env if cwd else {"PATH": "/usr/bin:/bin"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        return RunningService(name, process, self.ports[name])

    def _plain_folder(self, service: Service, env: dict[str, str]) -> tuple[Path, dict[str, str]]:
        folder = Path(tempfile.mkdtemp(prefix="service-"))
        self._folders.append(folder)
        shutil.copytree(self.plan.submission, folder / "submission")
        (folder / "work").mkdir()
        env = env | {"HOME": str(folder / "work"), "WORK": str(folder / "work"), "TMPDIR": str(folder / "work")}
        return folder / "submission" / service.workdir, env

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        async with HttpClient() as client:
            waiting = dict(self.services)
            while waiting:
                self._refuse_dead()
                for name in [name for name in waiting if await self._is_ready(client, name)]:
                    del waiting[name]
                if waiting and time.monotonic() > deadline:
                    name = next(iter(waiting))
                    ready = self.manifest.services[name].ready
                    raise LearnerFault(
                        f"The service '{name}' did not answer 200 at {ready} within {READY_SECONDS:g} s. "
                        "It must listen on the address in HOST and the port in PORT.",
                        *self.logs(),
                    )
                if waiting:
                    await asyncio.sleep(0.1)
            self._refuse_dead()

    async def _is_ready(self, client: HttpClient, name: str) -> bool:
        try:
            answer = await client.request("GET", self.services[name].url + self.manifest.services[name].ready)
        except HttpFailed:
            return False
        return answer.status == 200

    def _refuse_dead(self) -> None:
        for service in self.died():
            code = service.process.returncode
            raise LearnerFault(
                f"The service '{service.name}' ended while starting, with exit code {code}. Its log says why.",
                service.log(),
            )


def _base_env(plan: Plan) -> dict[str, str]:
    return {
        "PATH": f"{plan.lab_python.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/work",
        "WORK": "/work",
        "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
