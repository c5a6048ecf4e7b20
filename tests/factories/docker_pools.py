"""Addresses for networks of a test: nobody else has them for as long, whatever runs beside it on this machine."""

from __future__ import annotations

import contextlib
import ipaddress
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from labs.providers.docker import api
from labs.providers.machine import locks

WHOLE = ipaddress.IPv4Network("10.214.0.0/16")


@contextlib.contextmanager
def pool() -> Iterator[str]:
    """A block of 1024 addresses that is locked and in which the engine has no network."""
    blocks = list(WHOLE.subnets(new_prefix=22))
    for block in random.sample(blocks, len(blocks)):
        lock = Path(tempfile.gettempdir()) / "academy-test-pools" / f"{block.network_address}.lock"
        with locks.held(lock, wait_seconds=0) as mine:
            if mine and not any(block.overlaps(one) for one in _taken()):
                yield str(block)
                return
    raise AssertionError(f"every block of {WHOLE} is taken")


def _taken() -> list[ipaddress.IPv4Network]:
    return [
        ipaddress.IPv4Network(config["Subnet"])
        for network in api.connect(None).networks.list()
        for config in (network.attrs.get("IPAM") or {}).get("Config") or []
        if ":" not in config.get("Subnet", ":")
    ]
