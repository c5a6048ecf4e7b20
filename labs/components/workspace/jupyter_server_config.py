"""JupyterLab of one lab: everything that differs between labs comes through its environment.

Runs inside a lab, read by Jupyter with `c` defined; it imports nothing of the platform.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
from pathlib import Path

from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server_proxy.config import ServerProcess
from jupyter_server_proxy.handlers import NamedLocalProxyHandler, ProxyHandler

hosts, port = os.environ["WORKSPACE_HOSTS"].split(","), int(os.environ["WORKSPACE_PORT"])
token = os.environ["LAB_TOKEN"]
frame_ancestors = f"frame-ancestors 'self' {os.environ['WORKSPACE_FRAME_ORIGIN']}"
proxied = json.loads(os.environ["WORKSPACE_PROXIED"])

c = get_config()  # noqa: F821 (Jupyter defines it for its configuration files)

c.ServerApp.ip = os.environ["WORKSPACE_LISTEN"]
c.ServerApp.port = port
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = os.geteuid() == 0
c.ServerApp.root_dir = os.environ["LAB_WORK"]
c.ServerApp.quit_button = False
c.ServerApp.shutdown_no_activity_timeout = 0
# Its file is beside this one; what Jupyter finds by itself is added to it.
sys.path.append(str(Path(__file__).parent))
c.ServerApp.jpserver_extensions = {"workspace_first_page": True}

CLAIM_LETTERS = 32


def is_key(given):
    """Say whether the text is the key of a claim: what only a holder of the token can make, see labs/door_key.py."""
    claim, seal = given[:CLAIM_LETTERS], given[CLAIM_LETTERS:]
    right = hmac.new(token.encode(), f"door {claim}".encode(), hashlib.sha256).hexdigest()
    return len(claim) == CLAIM_LETTERS and hmac.compare_digest(seal.encode(), right.encode())


class KeysOfClaims(PasswordIdentityProvider):
    """Opens for the lab's token and for the key of a claim: whose the lab is may be said while it runs."""

    def get_token(self, handler):
        """Give what the request brings; a right key stands for the token."""
        given = super().get_token(handler)
        return self.token if given and is_key(given) else given


# The only way in is the lab's token; the only names are this lab's own and the loopback addresses.
c.ServerApp.identity_provider_class = KeysOfClaims
c.IdentityProvider.token = token
c.PasswordIdentityProvider.allow_password_change = False
c.ServerApp.allow_remote_access = False
c.ServerApp.local_hostnames = hosts
# TLS ends before us, so Jupyter does not see it. The page that frames the lab is of the same site.
cookies = {"path": "/", "samesite": "Lax", "secure": os.environ["WORKSPACE_DOOR"].startswith("https:")}
c.IdentityProvider.cookie_options = cookies
c.ServerApp.tornado_settings = {
    "headers": {"Content-Security-Policy": frame_ancestors},
    "xsrf_cookie_kwargs": cookies,
}

c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_interval = 300

# Its file overrides.json: no question about news, and light or dark as the browser prefers.
c.LabApp.app_settings_dir = str(Path(__file__).parent / "settings")
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.LabServerApp.blocked_extensions_uris = ""
c.LanguageServerManager.autodetect = False


def framed_by_the_platform_only(response):
    """Give a proxied answer the same frame-ancestors as every page of this lab."""
    for name in ("X-Frame-Options", "Content-Security-Policy"):
        if name in response.headers:
            del response.headers[name]
    response.headers["Content-Security-Policy"] = frame_ancestors
    return response


class ComponentHandler(NamedLocalProxyHandler):
    """Proxies to a component wherever it is: jupyter-server-proxy knows named servers on localhost only."""

    component_host = "127.0.0.1"

    async def proxy(self, port, path):
        """Pass one request on."""
        return await ProxyHandler.proxy(self, self.component_host, port, path if path.startswith("/") else f"/{path}")

    def _rewrite_location_header(self, location, host, port, proxied_path):
        """Leave a redirect alone that knows its prefix: Prometheus is told where browsers see it."""
        prefixed = location.startswith(self._get_context_path(host, port).rstrip("/") + "/")
        return location if prefixed else super()._rewrite_location_header(location, host, port, proxied_path)

    async def open(self, path):
        """Pass one WebSocket on."""
        return await self.proxy_open(self.component_host, self.port, path)


class ComponentServer(ServerProcess):
    """A component that runs already, so there is no command."""

    def get_proxy_base_class(self):
        """Give the handler for this component's host, which may go nowhere else."""
        host = next(entry["host"] for entry in proxied if entry["name"] == self.name)
        return type("ComponentHandler", (ComponentHandler,), {"component_host": host}), {"host_allowlist": [host]}


def proxied_server(entry):
    """Describe one component to jupyter-server-proxy."""
    server = ComponentServer(
        name=entry["name"],
        port=entry["port"],
        absolute_url=False,
        new_browser_tab=False,
        rewrite_response=framed_by_the_platform_only,
        launcher_entry={"title": entry["title"], "category": "Notebook", "path_info": entry["name"] + "/"},
    )
    if entry["credential"] == "basic":
        credential = base64.b64encode(f"lab:{token}".encode()).decode()
        server.request_headers_override = {"Authorization": f"Basic {credential}"}
    return server


c.ServerProxy.servers = {entry["name"]: proxied_server(entry) for entry in proxied}
# For addresses that name a host themselves (/proxy/<host>:<port>/): the lab's components and nobody else.
c.ServerProxy.host_allowlist = sorted({entry["host"] for entry in proxied})
