"""Gives the submission's archive to systems that have no other way to it: one answer, whatever is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

PORT = 8090
_QUESTION_SECONDS = 10.0


@asynccontextmanager
async def handing_out(archive: Path) -> AsyncIterator[None]:
    """Listen as long as the block lasts."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_QUESTION_SECONDS):
                await reader.readuntil(b"\r\n\r\n")
            head = f"HTTP/1.0 200 OK\r\nContent-Length: {archive.stat().st_size}\r\n\r\n"
            writer.write(head.encode())
            with archive.open("rb") as file:
                while chunk := file.read(256 * 1024):
                    writer.write(chunk)
                    await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", PORT)  # noqa: S104 - who may come in is the network's matter
    try:
        yield
    finally:
        server.close()
