"""What a web process has loaded once it served a page: nothing that can start, see or delete labs."""

import json
import os
import subprocess
import sys
from pathlib import Path

from lms.config import Settings

ROOT = Path(__file__).resolve().parents[3]
SERVES_A_PAGE = """
import json, sys
from lms.wsgi import app
assert app.test_client().get("/sign-in").status_code == 200
print(json.dumps(sorted(sys.modules)))
"""
FORBIDDEN = ("labs.providers", "worker", "kubernetes", "docker")


def test_a_web_process_loads_no_provider(settings: Settings) -> None:
    environment = os.environ | {"ACADEMY_HOME": str(settings.home), "ACADEMY_BROKER": "memory://"}
    command = [sys.executable, "-c", SERVES_A_PAGE]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "lms.services.labs" in loaded, "the list is that of a web process"
    assert [name for name in loaded if name in FORBIDDEN or name.startswith(tuple(f"{it}." for it in FORBIDDEN))] == []
