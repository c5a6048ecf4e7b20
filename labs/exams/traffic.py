"""Requests to a learner's service: capped answers, and load at a steady rate."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from labs.exams.http import HttpClient, HttpFailed

MAX_IN_FLIGHT = 200


@dataclass(frozen=True)
class Reply:
    """What came back: status 0 and `error` when nothing did; `body` only when it was JSON."""

    status: int
    body: Any
    seconds: float
    error: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether it was a 2xx."""
        return 200 <= self.status < 300


async def post(client: HttpClient, url: str, content: Any) -> Reply:
    """POST JSON; never raises for what the other side does."""
    started = time.monotonic()
    try:
        body = json.dumps(content).encode()
        answer = await client.request("POST", url, headers=[(b"content-type", b"application/json")], body=body)
        return Reply(answer.status, parsed(answer.body), time.monotonic() - started)
    except HttpFailed as error:
        return Reply(0, None, time.monotonic() - started, error=str(error)[:200])


def parsed(body: bytes) -> Any:
    """The JSON in a body; None when there is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


async def at_rate(send: Callable[[], Awaitable[None]], *, rate: float, is_over: Callable[[], bool]) -> None:
    """Start `send` `rate` times a second until `is_over`, whether or not earlier ones are answered; await all."""
    running: set[asyncio.Task[None]] = set()
    started, count = time.monotonic(), 0
    try:
        while not is_over():
            due = started + count / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            count += 1
            if len(running) >= MAX_IN_FLIGHT:
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.ensure_future(_run(send))
            running.add(task)
            task.add_done_callback(running.discard)
        if running:
            await asyncio.wait(running)
    finally:
        for task in running:
            task.cancel()


async def _run(send: Callable[[], Awaitable[None]]) -> None:
    await send()
