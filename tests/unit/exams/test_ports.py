"""Where the learner's services listen."""

import socket
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
    wanted = free_port() + 1
    with socket.socket() as taken:
        taken.bind((HOST, wanted))
        taken.listen()
        assert free_port() == wanted + 1
