"""JupyterHub's KubeSpawner, driven without a hub: one start for each line of JSON that it is given.

Runs in an environment of its own, see spawner.py, and in the node's network, as a hub's pod would stand in the
cluster's. Only what KubeSpawner asks of a hub is stood in for: no database, no proxy, no OAuth, to its advantage.
"""

import asyncio
import json
import sys
import time
import traceback
import urllib.error
import urllib.request
from dataclasses import dataclass
from types import SimpleNamespace

from kubernetes_asyncio.client.exceptions import ApiException
from kubernetes_asyncio.utils import create_from_dict
from kubespawner import KubeSpawner

TOKEN = "a-token-of-this-measurement-only"
CLAIM = {"pvc_name_template": "lab", "storage_pvc_ensure": True, "storage_access_modes": ["ReadWriteOnce"]}
VOLUMES = [
    {"name": "lab", "persistentVolumeClaim": {"claimName": "lab"}},
    {"name": "home", "emptyDir": {}},
    {"name": "tmp", "emptyDir": {}},
]
MOUNTS = [
    {"name": "lab", "mountPath": "/lab/work"},
    {"name": "home", "mountPath": "/lab/home"},
    {"name": "tmp", "mountPath": "/lab/tmp"},
]


@dataclass
class User:
    """What KubeSpawner reads of one."""

    name: str
    id: int
    url: str = "/"
    settings: object = None

    @property
    def escaped_name(self):
        return self.name


class FencedSpawner(KubeSpawner):
    """Puts the lab's own fence into the user's namespace before anything runs there."""

    fence = ()

    async def _ensure_namespace(self):
        await super()._ensure_namespace()
        await asyncio.gather(*(self._put_up(one) for one in self.fence))

    async def _put_up(self, manifest):
        if manifest["kind"] != "ServiceAccount":
            await create_from_dict(self.api.api_client, manifest)
            return
        try:
            await self.api.create_namespaced_service_account(self.namespace, manifest)
        except ApiException as error:  # the cluster makes this one by itself
            if error.status != 409:
                raise
            await self.api.patch_namespaced_service_account("default", self.namespace, manifest)


def spawner(order):
    made = FencedSpawner(
        hub=SimpleNamespace(public_host="", url="http://hub/", base_url="/hub/", api_url="http://hub/hub/api"),
        user=User(order["namespace"], order["number"]),
        api_token="none",
        oauth_client_id="none",
        enable_user_namespaces=True,
        user_namespace_template=order["namespace"],
        user_namespace_labels=order["labels"],
        pod_name_template="workspace",
        **CLAIM,
        storage_capacity=order["storage"],
        image=order["image"],
        image_pull_policy=order["pull_policy"],
        cmd=order["argv"],
        environment=order["environment"],
        mem_limit=order["memory"],
        mem_guarantee=order["memory"],
        cpu_limit=order["cpus"],
        cpu_guarantee=0.05,
        pod_security_context=order["pod_security"],
        container_security_context=order["security"],
        volumes=VOLUMES,
        volume_mounts=MOUNTS,
        extra_pod_config=order["pod"],
        start_timeout=120,
    )
    made.fence = tuple(order["fence"])
    return made


def answers(url, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


async def start(order):
    """Seconds until JupyterLab answers, as the hub asks it; the namespace stays for whoever gave the order."""
    made = spawner(order)
    started = time.monotonic()
    url = await made.start()
    running = time.monotonic() - started
    while not await asyncio.to_thread(answers, url.rstrip("/") + "/api/status", order["headers"]):
        if time.monotonic() - started > 120:
            raise TimeoutError(f"{url} does not answer")
        await asyncio.sleep(0.1)
    return {"running": running, "ready": time.monotonic() - started}


async def main():
    for line in iter(sys.stdin.readline, ""):
        try:
            said = await start(json.loads(line))
        except Exception:
            said = {"error": traceback.format_exc()[-3000:]}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
