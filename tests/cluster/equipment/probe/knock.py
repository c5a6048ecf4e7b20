"""Tries every target at once and prints what came back: JSON in, JSON out.

Only `silence` means that a packet was kept: `refused` and `unreachable` are answers of somebody who got it.
"""

import json
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

SILENCE = "silence"
ATTEMPTS = 2


def knock(target: dict[str, object]) -> str:
    """`protocol` is tcp, udp or name (a question to the resolver)."""
    seconds = float(str(target["seconds"]))
    if target["protocol"] == "name":
        return resolve(str(target["address"]))
    try:
        return _tcp(target, seconds) if target["protocol"] == "tcp" else _udp(target, seconds)
    except TimeoutError:
        return SILENCE
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return f"unreachable: {error.strerror}"


def resolve(name: str) -> str:
    try:
        return str(socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)[0][4][0])
    except socket.gaierror as error:
        return SILENCE if error.errno == socket.EAI_AGAIN else "no such name"


def _place(target: dict[str, object]) -> tuple[int, tuple[Any, ...]]:
    """The family and address of the target; `fe80::1%eth0` names its interface."""
    found = socket.getaddrinfo(str(target["address"]), int(str(target["port"])), type=socket.SOCK_STREAM)[0]
    return found[0], found[4]


def _tcp(target: dict[str, object], seconds: float) -> str:
    family, address = _place(target)
    with socket.socket(family, socket.SOCK_STREAM) as opened:
        opened.settimeout(seconds)
        opened.connect(address)
        try:
            opened.sendall(b"GET / HTTP/1.0\r\n\r\n")
            reply = opened.recv(4096)
        except TimeoutError:
            # Connected is reached, whatever else is said.
            return "connected"
    return "connected" + (f": {reply.splitlines()[-1].decode(errors='replace')}" if reply else "")


def _udp(target: dict[str, object], seconds: float) -> str:
    family, address = _place(target)
    with socket.socket(family, socket.SOCK_DGRAM) as opened:
        opened.settimeout(seconds / ATTEMPTS)
        opened.connect(address)
        for attempt in range(ATTEMPTS):
            opened.send(b"?")
            try:
                return f"answered: {opened.recv(2048).decode(errors='replace').strip()}"
            except TimeoutError:
                if attempt + 1 == ATTEMPTS:
                    raise
    raise AssertionError("not reached")


if __name__ == "__main__":
    # As soon as for the others; read by the resolver when it is first asked.
    os.environ["RES_OPTIONS"] = "timeout:1 attempts:2"
    targets = json.loads(sys.argv[1])
    with ThreadPoolExecutor(max(1, len(targets))) as threads:
        print(json.dumps(dict(zip(targets, threads.map(knock, targets.values()), strict=True))))
