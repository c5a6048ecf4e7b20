"""Docker Compose as this machine has it: the plugin of `docker` (v2), else docker-compose (1.29 on Debian)."""

import shutil
import subprocess
from functools import cache


@cache
def command() -> tuple[str, ...] | None:
    """How it is called; None where there is none."""
    plugin = ("docker", "compose")
    if shutil.which("docker"):
        asked = subprocess.run([*plugin, "version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return plugin
    return ("docker-compose",) if shutil.which("docker-compose") else None
