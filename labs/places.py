"""Where this checkout, its data and the labs' locked environment lie."""

import hashlib
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def academy_home() -> Path:
    """The folder of everything that the platform keeps, outside the checkout."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(os.environ.get("ACADEMY_HOME") or Path(data) / "mlops-academy")


def lab_environment(home: Path | None = None) -> Path:
    """The environment that belongs to the lock file of this checkout; whether it is there is for its user to say."""
    lock = (REPOSITORY / "requirements" / "lab.txt").read_bytes()
    return (home or academy_home()) / "envs" / f"lab-{hashlib.sha256(lock).hexdigest()[:12]}"


def lab_images(home: Path | None = None) -> Path:
    """The file that names the images of labs, where labs run in containers."""
    return (home or academy_home()) / "lab-images.json"
