"""Where the learner's services listen."""

import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from labs.exams.local_runner import HOST, free_port


@pytest.mark.linux
def test_no_connection_or_proxy_can_take_a_port_between_its_choice_and_its_use() -> None:
    # Two systems start at once while proxies listen and connections are made: whatever the kernel gives out by
    # itself could be the very port that a service was told to use.
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == len(ports)
    assert max(ports) < lowest


def test_a_port_in_use_is_not_given() -> None:
    with ExitStack() as stack:
        # Others use ports of this machine too: whichever of the next twenty are free are taken here.
        begun = free_port()
        taken = {port for port in range(begun + 1, begun + 21) if _taken(stack, port)}
        assert taken
        assert free_port() not in taken


def _taken(stack: ExitStack, port: int) -> bool:
    with suppress(OSError):
        stack.enter_context(socket.socket()).bind((HOST, port))
        return True
    return False
