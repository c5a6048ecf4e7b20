"""The two Python environments: the platform's in the checkout, the labs' own outside it."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from packages import BOOTSTRAP, ensure_uv, install, new_venv
from steps import CHECKOUT, VENV, SetupError, academy_home, alone, digest, note, read_stamp, run, step, write_stamp

REQUIREMENTS = CHECKOUT / "requirements"
PLATFORM_LOCKS = [REQUIREMENTS / "platform.txt", REQUIREMENTS / "dev.txt"]
LAB_LOCK = REQUIREMENTS / "lab.txt"
LMS_COMMAND = "#!{python}\nimport sys\n\nfrom lms.cli import main\n\nsys.exit(main())\n"


def base_python() -> str:
    """The interpreter itself, also when this runs from inside the environment that it is about to renew."""
    return getattr(sys, "_base_executable", "") or sys.executable


def platform_environment() -> None:
    """`.venv` with the platform, its tools and the `lms` command, as locked."""
    wanted = f"{sys.version_info.major}.{sys.version_info.minor} {digest(*PLATFORM_LOCKS, BOOTSTRAP)} {CHECKOUT}"
    python = VENV / "bin" / "python"
    if read_stamp("platform") == wanted and python.exists() and (VENV / "bin" / "lms").exists():
        return
    if not python.exists():
        with step(f"environment {VENV.name} (Python {sys.version_info.major}.{sys.version_info.minor})"):
            new_venv(VENV, base_python())
    with step("packages of the platform"):
        install(python, PLATFORM_LOCKS, uv=ensure_uv(python))
        _make_importable(python)
    write_stamp("platform", wanted)


def _make_importable(python: Path) -> None:
    """Let the environment see the checkout, and give it the `lms` command, without building a package."""
    site = VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (site / "mlops_academy.pth").write_text(f"{CHECKOUT}\n")
    command = VENV / "bin" / "lms"
    command.write_text(LMS_COMMAND.format(python=python))
    command.chmod(0o755)


def lab_folder() -> Path:
    """Where the labs' environment belongs: a new lock file gives a new folder, so running labs keep theirs."""
    return academy_home() / "envs" / f"lab-{hashlib.sha256(LAB_LOCK.read_bytes()).hexdigest()[:12]}"


def lab_environment() -> None:
    """The labs' locked environment; built under another name and renamed, so that it is whole or absent."""
    folder = lab_folder()
    if folder.is_dir():
        return
    with alone(folder.parent / ".lock"):
        if folder.is_dir():
            return
        with step("environment of the labs (MLflow, FastAPI, JupyterLab ...; a minute or two)"):
            _build(folder)
    note(f"labs run from {folder}")


def _build(folder: Path) -> None:
    free = shutil.disk_usage(folder.parent).free
    if free < 3 * 1024**3:
        raise SetupError(f"Only {free // 1024**2} MB are free in {folder.parent}; the labs' environment needs 3 GB.")
    building = folder.with_name(f".building-{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    try:
        new_venv(building, base_python())
        python = building / "bin" / "python"
        uv = VENV / "bin" / "uv"
        install(python, [LAB_LOCK], uv=uv if uv.exists() else None)
        _point_scripts_at(building, folder)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _point_scripts_at(building: Path, folder: Path) -> None:
    """Write the final path into what names the temporary one: scripts, pyvenv.cfg, kernels."""
    old, new = str(building).encode(), str(folder).encode()
    candidates = [
        building / "pyvenv.cfg",
        *(building / "bin").iterdir(),
        *building.glob("share/jupyter/kernels/*/*.json"),
    ]
    for path in candidates:
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if old in content and b"\0" not in content[:1024]:
            path.write_bytes(content.replace(old, new))


def lab_templates() -> None:
    """What each new lab copies (a migrated MLflow database), so that the first lab starts as fast as the rest."""
    components = sorted((CHECKOUT / "labs" / "components").glob("*/component.yaml"))
    wanted = f"{lab_folder()} {digest(*components)}"
    if read_stamp("lab templates") == wanted:
        return
    try:
        with step("what new labs start from"):
            run([VENV / "bin" / "python", "-m", "labs", "prepare"], why="The templates of labs were not made", mend="")
    except SetupError as error:
        note(f"{error}  Each lab makes them on its first start instead.")
        return
    write_stamp("lab templates", wanted)
