"""The learner's services, whoever runs them: started, waited for, listened to, ended."""

import asyncio
import time
from collections.abc import Mapping

from labs.exams.errors import LearnerFault
from labs.exams.examination import Examination
from labs.exams.http import HttpClient, HttpFailed
from labs.exams.local_runner import free_port as free_port
from labs.exams.manifest import Manifest
from labs.exams.report import LogEvidence
from labs.exams.runner import LOG_SHOWN, Order, Started, base_env

READY_SECONDS = 60.0
MOST_BYTES = 100_000


class Stack:
    """A fresh start of all services of a submission; leaves nothing behind when its block ends."""

    def __init__(self, exam: Examination, manifest: Manifest, *, env: Mapping[str, Mapping[str, str]]) -> None:
        self.plan, self.manifest, self.env = exam.plan, manifest, env
        self._runner = exam.runner
        self._addresses = self._runner.addresses(list(manifest.services))
        self._started: Started | None = None

    def url(self, name: str) -> str:
        """Where a service listens; known once it was started, and on this machine even before."""
        return self._addresses.url(name)

    async def __aenter__(self) -> "Stack":
        self._started = await self._runner.start(self._orders(), self._addresses)
        try:
            await self._until_ready(self._started)
        except BaseException:
            await self._started.end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._started:
            await self._started.end()

    async def refresh_logs(self) -> None:
        """Make `logs` as new as it can be."""
        if self._started:
            await self._started.refresh()

    async def unseen_cpu_seconds(self) -> float | None:
        """What this exam's services used so far that the examiner does not see itself; None where nobody can tell."""
        return await self._started.unseen_cpu_seconds() if self._started else None

    def logs(self) -> list[LogEvidence]:
        """The end of every service's log."""
        return [_evidence(name, text) for name, text in self._started.logs().items()] if self._started else []

    def _orders(self) -> dict[str, Order]:
        orders = {}
        for name, service in self.manifest.services.items():
            env = {**base_env(self.plan), **service.env, **self.env.get(name, {})}
            env |= {"HOST": self._runner.listen, "PORT": str(self._addresses.ports[name])}
            orders[name] = Order(tuple(service.argv(env)), env, service.workdir)
            _refuse_unusable(name, orders[name])
        return orders

    async def _until_ready(self, started: Started) -> None:
        deadline = time.monotonic() + READY_SECONDS
        async with HttpClient() as client:
            waiting = list(self.manifest.services)
            while waiting:
                await self._refuse_dead(started)
                waiting = [name for name in waiting if not await self._is_ready(client, name)]
                if waiting and time.monotonic() > deadline:
                    await started.refresh()
                    ready = self.manifest.services[waiting[0]].ready
                    raise LearnerFault(
                        f"The service '{waiting[0]}' did not answer 200 at {ready} within {READY_SECONDS:g} s. "
                        "It must listen on the address in HOST and the port in PORT.",
                        *self.logs(),
                    )
                if waiting:
                    await asyncio.sleep(0.1)
            await self._refuse_dead(started)

    async def _is_ready(self, client: HttpClient, name: str) -> bool:
        try:
            answer = await client.request("GET", self.url(name) + self.manifest.services[name].ready)
        except HttpFailed:
            return False
        return answer.status == 200

    async def _refuse_dead(self, started: Started) -> None:
        for name, code in (await started.exits()).items():
            await started.refresh()
            raise LearnerFault(
                f"The service '{name}' ended while starting, with exit code {code}. Its log says why.",
                _evidence(name, started.logs().get(name, "")),
            )


def _refuse_unusable(name: str, order: Order) -> None:
    """What no system takes as a command is told, before somebody finds out by breaking."""
    text = "".join((*order.argv, *order.env.values()))
    if "\0" in text or len(text.encode()) > MOST_BYTES:
        raise LearnerFault(
            f"The command and the environment of '{name}' cannot be used: together they may have {MOST_BYTES:,} bytes, "
            "none of them zero."
        )


def _evidence(name: str, log: str) -> LogEvidence:
    text = "".join(char for char in log[-LOG_SHOWN:] if char.isprintable() or char in "\n\t")
    return LogEvidence(title=f"{name}: end of its log"[:120], text=text.strip() or "(it wrote nothing)")
