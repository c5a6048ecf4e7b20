"""`python -m curricula`: check the content."""

import sys

from curricula.checker import main

sys.exit(main())
