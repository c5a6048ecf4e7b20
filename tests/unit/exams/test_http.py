"""The examiner's HTTP client and services that mean harm: it follows nothing, unpacks nothing, reads only so much."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from labs.exams.http import Answer, HttpClient, HttpFailed
from tests.factories.apart import run_apart

Result = TypeVar("Result")
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
#: Head, and what follows it again and again.
ENDLESS = {
    "as long as it says": (OK + b"Content-Length: 999999999999\r\n\r\n", b"a" * 65536),
    "of unknown length": (CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"),
    "until it hangs up": (OK + b"Connection: close\r\n\r\n", b"a" * 65536),
}
#: More than the kernel holds between the two.
BETWEEN = 32 * 1024 * 1024
TRUTH = OK + b"Content-Length: 5\r\n\r\ntruth"
FORGED = OK + b"Content-Length: 6\r\n\r\nforged"


class Service:
    """Answers every request with these bytes; then goes on with others for as long as somebody reads them."""

    def __init__(self, *answers: bytes, endless: bytes = b"", hangs_up: bool = False) -> None:
        self.answers, self.endless, self.hangs_up = answers, endless, hangs_up
        self.asked: list[str] = []
        self.sent = 0
        self.writers: list[asyncio.StreamWriter] = []
        self.was_left = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while line := await reader.readline():
                while await reader.readline() not in (b"\r\n", b""):
                    pass
                self.asked.append(line.split()[1].decode())
                writer.write(self.answers[min(len(self.asked), len(self.answers)) - 1])
                while self.endless:
                    writer.write(self.endless)
                    await writer.drain()
                    self.sent += len(self.endless)
                if self.hangs_up:
                    break
        except ConnectionError:
            pass
        self.was_left.set()
        writer.close()


def within(service: Service, run: Callable[[str, HttpClient], Awaitable[Result]]) -> Result:
    """When there are no more questions the service is left alone at once."""

    async def whole() -> Result:
        async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            try:
                async with HttpClient() as client:
                    return await run(f"http://127.0.0.1:{port}", client)
            finally:
                await asyncio.wait_for(service.was_left.wait(), 5)

    return run_apart(whole())


def ask(service: Service, *, limit: int = 1000, timeout: float = 60) -> Answer:
    def run(address: str, client: HttpClient) -> Awaitable[Answer]:
        return client.request("GET", f"{address}/start", limit=limit, timeout=timeout)

    return within(service, run)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["/elsewhere", "http://169.254.169.254/latest/meta-data/"])
def test_a_redirect_is_an_answer_like_any_other(status: int, place: str) -> None:
    service = Service(f"HTTP/1.1 {status} Moved\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())
    assert ask(service).status == status
    assert service.asked == ["/start"]


@pytest.mark.parametrize("length", ENDLESS)
def test_a_body_without_end_is_left_where_it_is_too_long(length: str) -> None:
    head, more = ENDLESS[length]
    with pytest.raises(HttpFailed, match="larger than 1,000 bytes"):
        ask(service := Service(head, endless=more))
    assert service.sent < BETWEEN


def test_a_head_without_end_is_no_answer() -> None:
    with pytest.raises(HttpFailed, match=r"not HTTP/1\.1"):
        ask(service := Service(OK + b"X: ", endless=b"a" * 65536))
    assert service.sent < BETWEEN


@pytest.mark.parametrize(("size", "limit"), [(1000, 1000), (0, 0)])
def test_a_body_of_just_that_size_is_taken(size: int, limit: int) -> None:
    service = Service(OK + b"Content-Length: %d\r\n\r\n" % size + b"a" * size)
    assert len(ask(service, limit=limit).body) == size
    with pytest.raises(HttpFailed, match="larger"):
        ask(Service(CHUNKED + b"%x\r\n" % (limit + 1) + b"a" * (limit + 1) + b"\r\n0\r\n\r\n"), limit=limit)


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 100\r\n\r\nshort",
        CHUNKED + b"100\r\nshort",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nlie",
        OK + b"Content-Length: -1\r\n\r\n",
    ],
)
def test_a_lie_about_its_length_is_no_answer(answer: bytes) -> None:
    with pytest.raises(HttpFailed, match=r"not HTTP/1\.1|closed before"):
        ask(Service(answer, hangs_up=True))


@pytest.mark.parametrize("answer", [OK + b"Content-Length: 100\r\n\r\nshort", CHUNKED + b"100\r\nshort", OK + b"X: a"])
def test_who_waits_for_the_rest_waits_for_its_time_only(answer: bytes) -> None:
    with pytest.raises(HttpFailed, match=r"no answer within 0\.2 s"):
        ask(Service(answer), timeout=0.2)


def test_words_before_the_answer_do_not_buy_time() -> None:
    with pytest.raises(HttpFailed, match=r"no answer within 0\.2 s"):
        ask(Service(b"", endless=b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), timeout=0.2)


@pytest.mark.parametrize("late", [False, True])
def test_what_comes_after_an_answer_is_not_the_next_one(late: bool) -> None:
    """A service that knows the question beforehand must not answer it faster than it is asked."""
    service = Service(TRUTH) if late else Service(TRUTH + FORGED, TRUTH)

    async def run(address: str, client: HttpClient) -> list[bytes]:
        first = await client.request("GET", f"{address}/first")
        for writer in service.writers if late else ():
            writer.write(FORGED)
        # In time for it to arrive.
        async with HttpClient() as other:
            await other.request("GET", f"{address}/beside")
        return [first.body, (await client.request("GET", f"{address}/second")).body]

    assert within(service, run) == [b"truth", b"truth"]
    assert service.asked == ["/first", "/beside", "/second"]


def test_what_is_packed_stays_packed() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    assert ask(Service(head + bomb), limit=len(bomb)).body == bomb
    with pytest.raises(HttpFailed, match="larger"):
        ask(Service(head + bomb), limit=len(bomb) - 1)
