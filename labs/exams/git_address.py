"""Which address of a learner's repository may be fetched: looked up once, judged, and pinned for git."""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from labs.exams.errors import IntakeError
from labs.exams.submission import MAX_BYTES

Resolver = Callable[[str, int], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_MAPPING_NETWORKS = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]


@dataclass(frozen=True, kw_only=True)
class GitRules:
    """What may be fetched; `allowed_hosts` ("127.0.0.1:8418") name private servers that are trusted, http too."""

    allowed_hosts: frozenset[str] = frozenset()
    max_bytes: int = MAX_BYTES
    timeout_seconds: float = 60


def check_url(url: str, *, rules: GitRules) -> SplitResult:
    """The parts of an address that may be fetched; an IntakeError says why another may not."""
    if len(url) > 500 or not url.isascii() or any(char.isspace() or ord(char) < 33 for char in url):
        raise IntakeError("The address has characters that no repository's address has. Copy it anew.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise IntakeError(f"This is no address of a repository ({error}).") from error
    host = parts.hostname or ""
    is_trusted = _place(host, port, parts.scheme) in rules.allowed_hosts
    if parts.scheme != "https" and not (parts.scheme == "http" and is_trusted):
        raise IntakeError("Only addresses that start with https:// are fetched. Use the repository's HTTPS address.")
    if "@" in parts.netloc:
        raise IntakeError("The address holds a user name or a password. Use a public address without.")
    if parts.query or parts.fragment or not parts.path.strip("/"):
        raise IntakeError("The address must name a repository, such as https://example.org/you/project.git.")
    if not _HOST.fullmatch(host) and not _literal(host):
        raise IntakeError("The address names no server that could exist.")
    return parts


def pinned(parts: SplitResult, *, rules: GitRules, resolve: Resolver | None = None) -> str:
    """What git is told of the server's address, so that it asks no second time; empty for a numeric one."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = (resolve or _resolve)(host, port)
    except (OSError, UnicodeError) as error:
        raise IntakeError(f"The server {host} cannot be found. Check the address.") from error
    addresses = [ipaddress.ip_address(address.split("%")[0]) for address in found]
    if not addresses:
        raise IntakeError(f"The server {host} cannot be found. Check the address.")
    if _place(host, parts.port, parts.scheme) not in rules.allowed_hosts:
        for address in addresses:
            if not is_public(address):
                raise IntakeError(f"The server {host} is at a private address ({address}), which is not fetched from.")
    chosen = addresses[0]
    if _literal(host):
        return ""
    return f"{host}:{port}:{f'[{chosen}]' if chosen.version == 6 else chosen}"


def is_public(address: Address) -> bool:
    """Whether an address is on the open internet; one that hides an IPv4 address is not believed to be."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped or any(address in network for network in _MAPPING_NETWORKS):
            return False
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _place(host: str, port: int | None, scheme: str) -> str:
    return f"{host}:{port or (443 if scheme == 'https' else 80)}"


def _literal(host: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(host.split("%")[0])
        return True
    return False


def _resolve(host: str, port: int) -> list[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
