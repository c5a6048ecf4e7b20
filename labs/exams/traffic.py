"""Requests to a learner's service: capped answers, and load at a steady rate."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

MAX_BODY_BYTES = 64 * 1024
TIMEOUT_SECONDS = 5.0
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


def new_client() -> httpx.AsyncClient:
    """A client that follows nothing, reads no environment and gives up in time."""
    limits = httpx.Limits(max_connections=MAX_IN_FLIGHT, max_keepalive_connections=50)
    return httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT_SECONDS, limits=limits)


async def read_capped(answer: httpx.Response, limit: int) -> bytes:
    """The body, decoded; a ValueError when it is larger than `limit`."""
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > limit:
            raise ValueError(f"the answer is larger than {limit} bytes")
    return bytes(body)


async def post(client: httpx.AsyncClient, url: str, content: Any) -> Reply:
    """POST JSON; never raises for what the other side does."""
    started = time.monotonic()
    try:
        async with client.stream("POST", url, json=content) as answer:
            body = await read_capped(answer, MAX_BODY_BYTES)
        return Reply(answer.status_code, _parsed(body), time.monotonic() - started)
    except (httpx.HTTPError, ValueError) as error:
        return Reply(0, None, time.monotonic() - started, error=str(error)[:200] or type(error).__name__)


def _parsed(body: bytes) -> Any:
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
