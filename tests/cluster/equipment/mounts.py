"""Mounts of the cluster's own mount namespace. Nothing of it is seen outside, and all of it goes with the namespace."""

from pathlib import Path

from tests.cluster.equipment.machine import Machine

#: kubelet insists on these, and they are the whole machine's (a kernel that reboots at its first mistake, for one).
#: It reads files of ours in their place, finds what it wants and writes nothing.
TUNABLES = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}

#: Places that programs write to whatever one tells them: the machine's stay as they are.
OWN_FOLDERS = {
    "/var/log": "var-log",
    "/var/lib/cni": "var-lib-cni",
    "/var/lib/kubelet": "var-lib-kubelet",
}


def make_mounts(machine: Machine) -> None:
    """Mounts propagate from kubelet to containers, and no further than this namespace."""
    places = machine.places
    machine.run("mount", "--make-rshared", "/")
    # Sandboxes' network namespaces, sockets of shims, iptables' lock.
    machine.run("mount", "-t", "tmpfs", "-o", "mode=755,size=256m", "academy-run", "/run")
    if not Path("/var/run").is_symlink():
        machine.run("mount", "--rbind", "/run", "/var/run")
    for target, name in OWN_FOLDERS.items():
        _ensure(machine, Path(target))
        machine.run("mount", "--bind", places.folder(name), target)
    tunables = places.folder("tunables")
    for name, value in TUNABLES.items():
        own = tunables / name.replace("/", "-")
        own.write_text(f"{value}\n")
        machine.run("mount", "--bind", own, Path("/proc/sys") / name)


def _ensure(machine: Machine, folder: Path) -> None:
    """A folder to mount over; one that we had to make is noted, and goes when the cluster does."""
    if not folder.is_dir():
        folder.mkdir()
        machine.notes.folders.append(str(folder))
        machine.notes.save(machine.places.notes)
