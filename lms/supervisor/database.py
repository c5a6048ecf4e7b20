"""`python -m lms.supervisor.database`: migrate, then print the first administrator's link while none exists.

A process of its own, so that the supervisor stays small and holds no connection.
"""

import json
import sys

from flask_migrate import upgrade

from lms.config import Settings
from lms.database import database_app
from lms.services import accounts
from lms.supervisor.places import RESULT

SET_UP_PATH = "/set-up/"


def main() -> int:
    """Bring the schema to the newest migration; exit 1 with alembic's reason when that fails."""
    settings = Settings()
    with database_app(settings).app_context():
        upgrade()
        token = accounts.first_administrator_token()
    link = f"{settings.base_url}{SET_UP_PATH}{token}" if token else None
    sys.stdout.write(f"{RESULT}{json.dumps({'set_up_link': link})}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
