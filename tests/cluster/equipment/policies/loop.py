"""Keeps the loaded ruleset at what the API and the gate's notes say. Thin: what to load is the compiler's business."""

import json
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from kubernetes import client

from tests.cluster.equipment.clients import api_client
from tests.cluster.equipment.policies.compiler import compile_ruleset
from tests.cluster.equipment.policies.model import Attachment, read_world
from tests.cluster.equipment.watching import View

#: The gate waits for us, so its folder is looked at this often; changes of the API wake us at once.
PAUSE = 0.03


def read_attachments(folder: Path) -> dict[Path, Attachment]:
    """Noted sandboxes by their file; one that is removed while we look is gone."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            read = json.loads(path.read_text())
        except FileNotFoundError:
            continue
        addresses = tuple(read.get("addresses") or ())
        found[path] = Attachment(read["namespace"], read["pod"], addresses, read["hardware"])
    return found


def load(ruleset: str) -> None:
    """One transaction: the old table holds until the new one does."""
    done = subprocess.run(["nft", "-f", "-"], input=ruleset, text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"nft refused the ruleset: {done.stderr.strip()}\n{ruleset}")


def view_of(kubeconfig: Path) -> View:
    return View({
        "pods": client.CoreV1Api(api_client(kubeconfig)).list_pod_for_all_namespaces,
        "namespaces": client.CoreV1Api(api_client(kubeconfig)).list_namespace,
        "policies": client.NetworkingV1Api(api_client(kubeconfig)).list_network_policy_for_all_namespaces,
    })  # fmt: skip


def confirm(attachments: Iterable[Path]) -> None:
    """Opens the gate for sandboxes that the loaded ruleset knows."""
    for path in attachments:
        path.with_suffix(".done").touch()


def known(view: View, attachments: dict[Path, Attachment]) -> dict[Path, Attachment]:
    """A pod may be attached before its object has reached us: without its labels it is no pod yet."""
    pods = {(pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in view.all("pods")}
    return {path: one for path, one in attachments.items() if (one.namespace, one.pod) in pods}


def enforce(kubeconfig: Path, folder: Path, closed: list[str], ready: Path) -> None:
    """For ever. A ruleset is loaded when it differs from the one before."""
    # The table of an enforcer before this one holds until ours is loaded: a restart opens nothing.
    view, loaded = view_of(kubeconfig), ""
    seen: dict[Path, Attachment] = {}
    while True:
        attachments = read_attachments(folder)
        if not view.complete or not (view.changed.is_set() or attachments != seen):
            time.sleep(PAUSE)
            continue
        view.changed.clear()
        seen, attached = attachments, known(view, attachments)
        world = read_world(view.all("pods"), view.all("namespaces"), view.all("policies"), attached.values())
        ruleset = compile_ruleset(world, closed=closed)
        if ruleset != loaded:
            load(ruleset)
            loaded = ruleset
            folder.with_name("policies.nft").write_text(ruleset)
        confirm(path for path in attached if not path.with_suffix(".done").exists())
        ready.touch()
