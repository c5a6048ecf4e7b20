"""Set-up: the environments, the front-end files, what comes from the system. Fast when nothing changed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from environments import lab_environment, lab_templates, platform_environment
from front_end import front_end
from steps import CHECKOUT, SetupError, alone
from system_tools import system_tools


def main() -> int:
    """Prepare what is missing; say what went wrong and how to mend it."""
    try:
        with alone(CHECKOUT / ".setup.lock"):
            platform_environment()
            lab_environment()
            lab_templates()
            front_end()
            system_tools()
    except SetupError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"\nThe set-up could not write or read a file: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; the next set-up goes on from here.\n")
        return 130
    return 0


sys.exit(main())
