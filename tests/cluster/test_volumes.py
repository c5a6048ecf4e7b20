"""Volumes have the size they say, belong to who claims them, and bring nothing of the claim before."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from kubernetes.client.exceptions import ApiException

from tests.cluster.equipment.places import Places
from tests.cluster.probe_manifests import probe_pod
from tests.cluster.probes import Lab
from tests.factories.waiting import until

CANARY = "the one before wrote this"
FILL = """
import errno, json
written = 0
try:
    with open('/data/much', 'wb', buffering=0) as file:
        while written < 2000:
            written += file.write(bytes(1 << 20)) >> 20
except OSError as error:
    print(json.dumps([written, errno.errorcode[error.errno]]))
"""


@pytest.fixture(scope="module")
def lab(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab("own")


def claim(lab: Lab, name: str) -> str:
    """A pod with a small volume of its own; returns the volume's name."""
    lab.apply({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": lab.namespace},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "200Mi"}}},
    })  # fmt: skip
    mounts = [{"name": "data", "mountPath": "/data"}]
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]
    lab.apply(probe_pod(lab.namespace, name, volumes=volumes, container={"volumeMounts": mounts}))
    lab.wait_ready([name])
    return str(lab.core.read_namespaced_persistent_volume_claim(name, lab.namespace).spec.volume_name)


def release(lab: Lab, name: str) -> None:
    lab.core.delete_namespaced_pod(name, lab.namespace)
    lab.core.delete_namespaced_persistent_volume_claim(name, lab.namespace)


def test_a_volume_is_full_at_its_size(lab: Lab) -> None:
    claim(lab, "full")
    written, error = json.loads(lab.run("full", "python3", "-c", FILL))
    release(lab, "full")
    assert error == "ENOSPC"
    assert 150 < written < 256


def test_a_volume_brings_nothing_of_the_claim_before(lab: Lab, places: Places) -> None:
    before = claim(lab, "first")
    lab.run("first", "sh", "-c", f"echo {CANARY!r} > /data/canary; sync")
    disk = Path(places.state) / "volumes" / f"{before}.img"
    assert CANARY.encode() in disk.read_bytes()
    release(lab, "first")
    until("the released volume to go", lambda: _gone(lab, before), seconds=30)
    until("its disk as well", lambda: not disk.exists(), seconds=10)
    assert claim(lab, "second") != before
    assert lab.run("second", "ls", "-A", "/data") == ""
    release(lab, "second")


def _gone(lab: Lab, volume: str) -> bool:
    try:
        lab.core.read_persistent_volume(volume)
    except ApiException as error:
        return bool(error.status == 404)
    return False
