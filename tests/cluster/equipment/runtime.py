"""What containerd and the CNI chain are told. Text only; `up.py` writes it."""

import json
import shutil
import string
from pathlib import Path

from tests.cluster.equipment.needs import PLUGINS, plugins
from tests.cluster.equipment.places import PATHS, EquipmentError, Places

PAUSE = "academy.test/pause:1"
CHAIN_VERSION = "0.4.0"
GATE_SECONDS = 20

CONTAINERD = string.Template("""\
version = 2
root = "$root"
state = "/run/academy-containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.aufs",
]

[grpc]
  address = "$socket"

[plugins."io.containerd.internal.v1.opt"]
  path = "$opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "$plugins"
  conf_dir = "$networks"

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = "$runc"
  SystemdCgroup = false
""")


def plugin_folder(places: Places, gate: Path) -> Path:
    """containerd 1.6 takes one folder: the system's plugins and our own gate, as links in a folder of ours."""
    system = plugins()
    if system is None:
        raise EquipmentError("the CNI plugins are missing (Debian: sudo apt-get install containernetworking-plugins)")
    ours = places.folder("cni-plugins")
    wanted = {name: system / name for name in PLUGINS} | {"academy-gate": gate}
    for name, target in wanted.items():
        (ours / name).unlink(missing_ok=True)
        (ours / name).symlink_to(target)
    return ours


def network_chain(places: Places) -> str:
    """Bridge and addresses, then the gate, which holds a pod until its rules are loaded."""
    addresses = places.addresses
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": False,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": addresses.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": str(places.folder("cni-addresses")),
        },
    }
    gate = {"type": "academy-gate", "folder": str(places.folder("attachments")), "seconds": GATE_SECONDS}
    return json.dumps({"cniVersion": CHAIN_VERSION, "name": "academy", "plugins": [bridge, gate]}, indent=1)


def containerd_configuration(places: Places, plugins: Path) -> str:
    """Beside whatever containerd the machine has: root, state and socket are the cluster's own."""
    return CONTAINERD.substitute(
        root=places.folder("containerd-root"),
        socket=places.containerd,
        opt=places.folder("containerd-opt"),
        pause=PAUSE,
        plugins=plugins,
        networks=places.folder("cni"),
        runc=shutil.which("runc", path=PATHS) or "runc",
    )


def write_runtime(places: Places, gate: Path) -> Path:
    """All files; returns containerd's."""
    (places.folder("cni") / "10-academy.conflist").write_text(network_chain(places))
    configuration = places.state / "containerd.toml"
    configuration.write_text(containerd_configuration(places, plugin_folder(places, gate)))
    return configuration
