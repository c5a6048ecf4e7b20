"""Answers with the pod's name, over both address families: TCP and UDP, on the ports it is told."""

import asyncio
import os
import socket
import sys

NAME = os.environ.get("HOSTNAME", "nobody").encode()


async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(NAME), NAME))
    try:
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        return


def echo(listener: socket.socket) -> None:
    _, peer = listener.recvfrom(2048)
    listener.sendto(NAME, peer)


async def listen(tcp: list[int], udp: list[int]) -> None:
    for port in udp:
        opened = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.bind(("::", port))
        asyncio.get_running_loop().add_reader(opened, echo, opened)
    async with asyncio.TaskGroup() as group:
        for port in tcp:
            listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128)
            server = await asyncio.start_server(answer, sock=listener)
            group.create_task(server.serve_forever())


if __name__ == "__main__":
    asked = [[int(one) for one in ports.split(",") if one] for ports in sys.argv[1:3]]
    asyncio.run(listen(*asked))
