"""JupyterHub with its SimpleLocalProcessSpawner, for comparison: seconds from the order until JupyterLab answers.

The hub runs already and its proxy is left out (a route is not waited for), which is to its advantage.
"""

import os
import secrets
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from bench import environments
from bench.measuring import answers
from labs.exams.services import free_port
from tests.factories.waiting import until

ENVIRONMENT = "jupyterhub"
CONFIGURATION = """
import os
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    routes = {}
    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}
    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)
    async def get_all_routes(self):
        return self.routes

c = get_config()
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.bind_url = f"http://127.0.0.1:{os.environ['BENCH_PUBLIC_PORT']}"
c.JupyterHub.hub_port = int(os.environ["BENCH_HUB_PORT"])
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.services = [{"name": "bench", "api_token": os.environ["BENCH_TOKEN"]}]
c.JupyterHub.load_roles = [{"name": "bench", "services": ["bench"], "scopes": ["admin:users", "admin:servers"]}]
c.Spawner.cmd = [os.environ["BENCH_SINGLEUSER"]]
c.Spawner.default_url = "/lab"
c.Spawner.args = ["--allow-root"]
c.SimpleLocalProcessSpawner.home_dir_template = os.environ["BENCH_HOMES"] + "/{username}"
"""


def hub_seconds(times: int) -> list[float]:
    """Measure as many first starts, each of a user who was never there."""
    programs = environments.programs(ENVIRONMENT)
    with tempfile.TemporaryDirectory(prefix="bench-hub-") as folder:
        hub, server = free_port(), {"token": secrets.token_hex(32)}
        (Path(folder) / "jupyterhub_config.py").write_text(CONFIGURATION)
        environment = {
            "PATH": f"{programs}:/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8",
            "USER": os.environ.get("USER", "root"),
            "BENCH_HUB_PORT": str(hub), "BENCH_PUBLIC_PORT": str(free_port()), "BENCH_TOKEN": server["token"],
            "BENCH_SINGLEUSER": str(programs / "jupyterhub-singleuser"), "BENCH_HOMES": folder,
        }  # fmt: skip
        with (Path(folder) / "hub.log").open("wb") as log:
            process = subprocess.Popen(
                [str(programs / "jupyterhub")], cwd=folder, env=environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        try:
            until("JupyterHub", lambda: answers(f"http://127.0.0.1:{hub}/hub/health"), seconds=120)
            headers = {"Authorization": f"token {server['token']}"}
            with httpx.Client(base_url=f"http://127.0.0.1:{hub}/hub/api", headers=headers, timeout=60) as client:
                return [_spawn(client, f"user{number}") for number in range(times)]
        except (TimeoutError, httpx.HTTPError) as error:
            raise SystemExit(f"{error}\n{(Path(folder) / 'hub.log').read_text()[-2000:]}") from error
        finally:
            # The hub's own end takes its servers along.
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _spawn(client: httpx.Client, user: str) -> float:
    client.post(f"/users/{user}").raise_for_status()
    started = time.monotonic()
    client.post(f"/users/{user}/server").raise_for_status()
    until("the server", lambda: _is_ready(client, user), seconds=120)
    seconds = time.monotonic() - started
    client.delete(f"/users/{user}/server").raise_for_status()
    return seconds


def _is_ready(client: httpx.Client, user: str) -> bool:
    return bool(client.get(f"/users/{user}").json()["servers"].get("", {}).get("ready"))
