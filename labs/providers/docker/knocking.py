"""Whether a component that speaks no HTTP takes connections: asked in its container, as the door knows no way to it."""

from __future__ import annotations

from docker.errors import APIError

from labs.providers.containers.places import LOCKED
from labs.providers.docker import streams
from labs.providers.docker.api import Client

# By the name that its neighbours use.
KNOCK = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=1).close()"
KNOCK_SECONDS = 10


def takes_connections(client: Client, container: str, name: str, port: int) -> bool:
    """Say whether the component `name` listens in this container; one that has ended does not."""
    command = [f"{LOCKED}/bin/python", "-I", "-S", "-c", KNOCK, name, str(port)]
    try:
        return streams.execute(client, container, command, seconds=KNOCK_SECONDS)[0] == 0
    except APIError as error:
        if error.status_code not in (404, 409):
            raise
        return False
