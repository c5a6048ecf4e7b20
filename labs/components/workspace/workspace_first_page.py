"""Asks JupyterLab for its page once while it starts, so that no learner waits for what the first time costs.

An extension of Jupyter Server, named by jupyter_server_config.py. Extensions are loaded in the order of their names, so
this one after JupyterLab's own, and before the server listens: the lab is not ready before its page was shown.
"""

import time

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

LOOPBACK = "127.0.0.1"
SECONDS = 10


def _load_jupyter_server_extension(serverapp):
    """Ask; whatever comes of it, the server starts."""
    started = time.monotonic()
    try:
        serverapp.io_loop.run_sync(lambda: ask(serverapp))
        serverapp.log.info("The first page was shown in %.0f ms", 1000 * (time.monotonic() - started))
    except Exception as error:
        serverapp.log.warning("The first page was not shown: %r", error)


async def ask(serverapp):
    """Show the page to ourselves, at a port that only this request knows and only until it is answered."""
    (door,) = bind_sockets(0, LOOPBACK)
    server = HTTPServer(serverapp.web_app)
    server.add_socket(door)
    client = AsyncHTTPClient(force_instance=True)
    try:
        url = f"http://{LOOPBACK}:{door.getsockname()[1]}{serverapp.base_url}lab"
        token = {"Authorization": f"token {serverapp.identity_provider.token}"}
        await client.fetch(url, headers=token, follow_redirects=False, request_timeout=SECONDS)
    finally:
        client.close()
        server.stop()
        await server.close_all_connections()
