"""Builds the cluster's programs from Go modules, each once for a machine.

Upstream publishes no binaries to the module proxy, and image registries are out of reach, so that sources are built.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.cluster.equipment import needs
from tests.cluster.equipment.cache import cached, key_of
from tests.cluster.equipment.gomod import helm_flags, module_file, version_flags
from tests.cluster.equipment.places import CONTOUR, COREDNS, EQUIPMENT, HELM, KUBERNETES, METRICS_SERVER, EquipmentError
from tests.cluster.equipment.programs import run

GO = EQUIPMENT / "go"
NAMES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl")
#: Modules whose programs are built with those of Kubernetes.
BESIDE = {"github.com/coredns/coredns": COREDNS, "helm.sh/helm/v3": HELM}
STATIC = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod -buildvcs=false", "GOTOOLCHAIN": "local"}


def go() -> str:
    found = needs.go()
    if found is None:
        raise EquipmentError("Go is missing; the cluster is built from sources (https://go.dev/dl, 1.24 or newer)")
    return found


def go_version() -> str:
    return run([go(), "version"]).strip()


def module_folder(module: str) -> Path:
    """Where a module's sources are, downloaded when they are not; works outside any module."""
    told = run([go(), "mod", "download", "-json", module], cwd=Path("/"))
    return Path(json.loads(told[told.index("{") :])["Dir"])


def kubernetes(cache: Path) -> Path:
    """The folder of the components, names for one binary, with `coredns` and `helm` beside them.

    One module for all of them: what they share of Kubernetes' clients is compiled once.
    """

    def make(folder: Path) -> None:
        work = folder / "source"
        shutil.copytree(GO / "kubernetes", work)
        upstream = module_folder(f"k8s.io/kubernetes@v{KUBERNETES}") / "go.mod"
        (work / "go.mod").write_text(module_file(upstream.read_text(), KUBERNETES, BESIDE))
        run([go(), "mod", "tidy", "-e"], cwd=work, env=STATIC)
        flags_of = {"kubernetes": version_flags(KUBERNETES), "helm": helm_flags(KUBERNETES)}
        programs = {"kubernetes": ".", "coredns": "./coredns", "helm": "helm.sh/helm/v3/cmd/helm"}
        for name, package in programs.items():
            flags = flags_of.get(name, "-s -w")
            run([go(), "build", "-trimpath", "-ldflags", flags, "-o", folder / name, package], cwd=work, env=STATIC)
        for name in NAMES:
            (folder / name).symlink_to("kubernetes")

    key = key_of(KUBERNETES, *BESIDE.values(), go_version(), GO / "kubernetes", EQUIPMENT / "gomod.py")
    return cached(cache, "kubernetes", key, make)


def coredns(cache: Path) -> Path:
    return kubernetes(cache) / "coredns"


def helm(cache: Path) -> Path:
    return kubernetes(cache) / "helm"


def tools(cache: Path) -> Path:
    """`pause` and `gate`."""

    def make(folder: Path) -> None:
        for name in ("pause", "gate"):
            command: list[str | Path] = [
                go(),
                "build",
                "-trimpath",
                "-ldflags",
                "-s -w",
                "-o",
                folder / name,
                f"./{name}",
            ]
            run(command, cwd=GO / "tools", env={**STATIC, "GOFLAGS": "-mod=readonly -buildvcs=false"})

    return cached(cache, "tools", key_of(go_version(), GO / "tools"), make)


def _installed(name: str, package: str, version: str) -> Callable[[Path], Path]:
    """A builder of one command by `go install`; modules with replaces cannot be had this way."""

    def build(cache: Path) -> Path:
        def make(folder: Path) -> None:
            env = {**STATIC, "GOBIN": str(folder), "GOFLAGS": "-buildvcs=false -trimpath"}
            run([go(), "install", "-ldflags", "-s -w", f"{package}@v{version}"], cwd=Path("/"), env=env)

        return cached(cache, name, key_of(package, version, go_version()), make) / name

    return build


contour = _installed("contour", "github.com/projectcontour/contour/cmd/contour", CONTOUR)
metrics_server = _installed("metrics-server", "sigs.k8s.io/metrics-server/cmd/metrics-server", METRICS_SERVER)


def contour_examples() -> Path:
    """Contour's own CRDs, roles and Gateway API definitions, out of its module."""
    return module_folder(f"github.com/projectcontour/contour@v{CONTOUR}") / "examples"


def everything(cache: Path, say: Callable[[str], None]) -> None:
    """All of it, one after the other: each build uses every core."""
    builders = {
        "kubernetes": kubernetes,
        "tools": tools,
        "contour": contour,
        "metrics-server": metrics_server,
    }
    for name, build in builders.items():
        say(f"{name}: from the cache, or built in minutes")
        build(cache)
    # Sources and objects of the builds are not needed again; the module cache is Go's own to keep.
    for left in cache.glob("kubernetes/*/source"):
        shutil.rmtree(left, ignore_errors=True)
