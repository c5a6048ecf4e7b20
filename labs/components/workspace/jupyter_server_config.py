"""JupyterLab of one lab: everything that differs between labs comes through its environment.

Runs inside a lab, read by Jupyter with `c` defined; it imports nothing of the platform.
"""

import base64
import json
import os
from pathlib import Path

host, port = os.environ["WORKSPACE_HOST"], int(os.environ["WORKSPACE_PORT"])
token = os.environ["LAB_TOKEN"]
frame_ancestors = f"frame-ancestors 'self' {os.environ['WORKSPACE_FRAME_ORIGIN']}"
proxied = json.loads(os.environ["WORKSPACE_PROXIED"])

c = get_config()  # noqa: F821 (Jupyter defines it for its configuration files)

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = port
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = os.geteuid() == 0
c.ServerApp.root_dir = os.environ["LAB_WORK"]
c.ServerApp.quit_button = False
c.ServerApp.shutdown_no_activity_timeout = 0

# The only way in is the lab's token; the only names are this lab's host name and the loopback addresses.
c.IdentityProvider.token = token
c.ServerApp.allow_remote_access = False
c.ServerApp.local_hostnames = [host]
c.ServerApp.tornado_settings = {"headers": {"Content-Security-Policy": frame_ancestors}}

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


def proxied_server(entry):
    """Describe one component to jupyter-server-proxy; it runs already, so there is no command."""
    server = {
        "port": entry["port"],
        "absolute_url": False,
        "new_browser_tab": False,
        "rewrite_response": framed_by_the_platform_only,
        "launcher_entry": {"title": entry["title"], "category": "Notebook", "path_info": entry["name"] + "/"},
    }
    if entry["credential"] == "basic":
        credential = base64.b64encode(f"lab:{token}".encode()).decode()
        server["request_headers_override"] = {"Authorization": f"Basic {credential}"}
    return server


c.ServerProxy.servers = {entry["name"]: proxied_server(entry) for entry in proxied}
c.ServerProxy.host_allowlist = ["localhost", "127.0.0.1"]
