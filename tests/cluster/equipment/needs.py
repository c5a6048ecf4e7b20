"""What a machine must have to run a cluster of its own. Light: every test run asks it."""

import os
import shutil
import sys
from pathlib import Path

from tests.cluster.equipment.places import PATHS

#: Program -> Debian package.
NEEDED = {
    "etcd": "etcd-server", "containerd": "containerd", "ctr": "containerd", "runc": "runc", "nft": "nftables",
    "iptables": "iptables", "conntrack": "conntrack", "ip": "iproute2", "unshare": "util-linux",
    "nsenter": "util-linux", "mkfs.ext4": "e2fsprogs", "sysctl": "procps", "hostname": "hostname",
    "debootstrap": "debootstrap",
}  # fmt: skip
#: Debian's place for the CNI plugins, then upstream's.
PLUGIN_FOLDERS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
PLUGINS = ("bridge", "host-local", "loopback")
GO_FOLDER = "/usr/local/go/bin"


def plugins() -> Path | None:
    return next((one for one in PLUGIN_FOLDERS if all((one / name).exists() for name in PLUGINS)), None)


def go() -> str | None:
    return shutil.which("go") or shutil.which("go", path=GO_FOLDER)


def lacking() -> str | None:
    """Why this machine cannot run a cluster of its own; None where it can."""
    if not sys.platform.startswith("linux"):
        return "only Linux can"
    if os.geteuid() != 0:
        return "it needs root (sudo make cluster)"
    packages = {package for name, package in NEEDED.items() if shutil.which(name, path=PATHS) is None}
    if plugins() is None:
        packages.add("containernetworking-plugins")
    if packages:
        return f"missing (Debian: sudo apt-get install --no-install-recommends {' '.join(sorted(packages))})"
    if not Path("/proc/sys/net/bridge").exists():
        return "the kernel module br_netfilter is not loaded (sudo modprobe br_netfilter)"
    if go() is None:
        return "Go 1.24 or newer is missing, and Kubernetes is built from its sources (https://go.dev/dl)"
    return None


if __name__ == "__main__":  # for scripts: whether this machine can, and if not why
    sys.exit(lacking())
