"""Makes the thin layer that each new lab copies; runs once, while the base image is built."""

import sys
from pathlib import Path

from labs.providers.process import thin

LOCKED = Path("/opt/lab")

if __name__ == "__main__":
    thin.make(thin.locked(LOCKED), Path(sys.argv[1]))
