"""Answers on every address of its network namespace with the address that was asked, and prints who asked."""

import argparse
import asyncio
import socket
import struct
from pathlib import Path

#: Linux' number; Python has no name for it before 3.14.
IP_PKTINFO = 8
PKTINFO = struct.Struct("@I4s4s")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection: the asked address as a plain HTTP answer."""
    asked, port = writer.get_extra_info("sockname")[:2]
    print(f"tcp {asked}:{port} from {writer.get_extra_info('peername')[0]}", flush=True)
    body = f"canary {asked}\n".encode()
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    try:
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        return


def udp_socket(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    made.bind(("0.0.0.0", port))
    made.setblocking(False)
    return made


def echo(listener: socket.socket, port: int) -> None:
    """The answer comes from the address that was asked: a connected socket takes no other."""
    _, extras, _, peer = listener.recvmsg(2048, 256)
    target = next((data for _, kind, data in extras if kind == IP_PKTINFO), None)
    if target is None:
        return
    _, _, asked = PKTINFO.unpack(target[: PKTINFO.size])
    name = socket.inet_ntoa(asked)
    print(f"udp {name}:{port} from {peer[0]}", flush=True)
    source = [(socket.IPPROTO_IP, IP_PKTINFO, PKTINFO.pack(0, asked, asked))]
    listener.sendmsg([f"canary {name}\n".encode()], source, 0, peer)


async def listen(tcp: list[int], udp: list[int], ready: Path) -> None:
    loop = asyncio.get_running_loop()
    servers = [await asyncio.start_server(answer, "0.0.0.0", port) for port in tcp]
    for port in udp:
        opened = udp_socket(port)
        loop.add_reader(opened, echo, opened, port)
    ready.touch()
    await asyncio.gather(*(server.serve_forever() for server in servers))


def ports(told: str) -> list[int]:
    return [int(one) for one in told.split(",") if one]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tcp", type=ports, required=True)
    parser.add_argument("--udp", type=ports, required=True)
    parser.add_argument("--ready", type=Path, required=True)
    given = parser.parse_args()
    asyncio.run(listen(given.tcp, given.udp, given.ready))
