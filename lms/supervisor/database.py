"""`python -m lms.supervisor.database`: migrate, then print the first administrator's link while none exists.

A process of its own, so that the supervisor stays small and holds no connection.
"""

import json
import os
import sys

from lms.command import DEMO, command
from lms.config import Settings
from lms.database import database_app
from lms.services import accounts
from lms.supervisor.fit import DoesNotFit, bring_up_to_date
from lms.supervisor.places import RESULT

SET_UP_PATH = "/set-up/"


def main() -> int:
    """Bring the schema to the newest migration; exit 1 with the reason when that fails, or does not help."""
    settings = Settings()
    with database_app(settings).app_context():
        try:
            bring_up_to_date()
        except DoesNotFit as reason:
            sys.stdout.write(f"{reason}\n")
            return 1
        if settings.instance == DEMO:
            _fill_demo(settings)
        token = accounts.first_administrator_token()
    link = f"{settings.base_url}{SET_UP_PATH}{token}" if token else None
    sys.stdout.write(f"{RESULT}{json.dumps({'set_up_link': link})}\n")
    return 0


def _fill_demo(settings: Settings) -> None:
    """The demo organisation, once; a password given by whoever runs it opens its accounts, links do in any case."""
    from lms import content, demo  # read only where they are needed: they cost a second

    content.load()
    if demo.fill(password=os.environ.get("ACADEMY_DEMO_PASSWORD")):
        sys.stdout.write("filled the demo organisation: two cohorts, an instructor, thirty learners\n")
    sys.stdout.write(f"get in with one-time links; this prints them: {command('demo links', settings)}\n")


if __name__ == "__main__":
    sys.exit(main())
