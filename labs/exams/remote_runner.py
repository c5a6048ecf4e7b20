"""The learner's services where the examiner's caller starts them: the examiner asks by a line and is told by one."""

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping

from labs.exams.asking import FIRST_PORT, Ask, EndSystem, LookAtSystem, Seen, ServiceOrder, StartSystem
from labs.exams.runner import Addresses, Order

EXAMINER = "examiner"
"""The name by which every service finds the examiner's proxies."""
LOOK_SECONDS = 1.0


class Caller:
    """Asks one thing at a time about each system, and waits for the answer as long as the exam may take."""

    def __init__(self, send: Callable[[Ask], None]) -> None:
        self._send = send
        self._waiting: dict[int, asyncio.Future[Seen]] = {}

    async def ask(self, ask: Ask) -> Seen:
        """Send it and wait."""
        answer: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self._waiting[ask.number] = answer
        self._send(ask)
        return await answer

    def heard(self, line: bytes) -> None:
        """An answer came; called within the loop."""
        seen = Seen.model_validate_json(line)
        answer = self._waiting.pop(seen.number, None)
        if answer and not answer.done():
            answer.set_result(seen)


class RemoteStarted:
    """One system elsewhere."""

    def __init__(self, caller: Caller, number: int, names: list[str]) -> None:
        self._caller, self._number, self._names = caller, number, names
        self._turn = asyncio.Lock()
        self._exits: dict[str, int] = {}
        self._logs: dict[str, str] = dict.fromkeys(names, "")
        self._cpu_seconds: float | None = None
        self._looked = time.monotonic()
        self._has_ended = False

    async def exits(self) -> Mapping[str, int]:
        """The exit codes of those that ended by themselves, as they were a second ago at most."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            await self._ask(LookAtSystem(number=self._number))
        return self._exits

    async def refresh(self) -> None:
        """Ask for the logs."""
        await self._ask(LookAtSystem(number=self._number, logs=True))

    def logs(self) -> Mapping[str, str]:
        """The end of what each wrote, at the last refresh or at the end."""
        return self._logs

    async def unseen_cpu_seconds(self) -> float | None:
        """What the caller measured."""
        await self._ask(LookAtSystem(number=self._number, cpu=True))
        return self._cpu_seconds

    async def end(self) -> None:
        """End it; nothing is asked about it after that."""
        if not self._has_ended:
            await self._ask(EndSystem(number=self._number))

    async def _ask(self, ask: Ask) -> None:
        async with self._turn:
            if self._has_ended:
                return
            self._has_ended = isinstance(ask, EndSystem)
            seen = await self._caller.ask(ask)
            self._looked = time.monotonic()
        self._exits |= {name: code for name, code in zip(self._names, seen.exits, strict=False) if code is not None}
        self._cpu_seconds = seen.cpu_seconds
        self._logs |= dict(zip(self._names, seen.logs, strict=False))


class RemoteRunner:
    """Has services started by the examiner's caller, each system afresh."""

    listen = "0.0.0.0"  # noqa: S104 - within a container: who may come in is the network's matter
    examiner = EXAMINER

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._numbers = itertools.count(1)

    def addresses(self, names: list[str]) -> Addresses:
        """The ports are always the same; hosts are known once it runs."""
        return Addresses({name: FIRST_PORT + place for place, name in enumerate(names)}, {})

    async def start(self, orders: Mapping[str, Order], addresses: Addresses) -> RemoteStarted:
        """Start all of them; what cannot be started at all ends the exam on the caller's side."""
        services = [ServiceOrder(argv=one.argv, env=dict(one.env), workdir=one.workdir) for one in orders.values()]
        number, names = next(self._numbers), list(orders)
        seen = await self._caller.ask(StartSystem(number=number, services=services))
        addresses.hosts.update(zip(names, seen.hosts, strict=True))
        return RemoteStarted(self._caller, number, names)
