"""What is measured against has an environment of its own for each lock file, `requirements/bench-NAME.txt`."""

import subprocess
from pathlib import Path

from lms.config import default_home

LOCKS = Path(__file__).parents[1] / "requirements"


def programs(name: str) -> Path:
    """The environment's folder of programs; it is made anew when the lock file has changed."""
    folder, wanted = default_home() / "envs" / f"bench-{name}", LOCKS / f"bench-{name}.txt"
    noted = folder / "installed-from.txt"
    if not noted.exists() or noted.read_text() != wanted.read_text():
        subprocess.run(["python3", "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "-r", str(wanted)], check=True)
        noted.write_text(wanted.read_text())
    return folder / "bin"
