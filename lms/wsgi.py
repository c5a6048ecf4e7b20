"""What a WSGI server loads: `gunicorn lms.wsgi:app`."""

import sys

from lms.app import create_app

# A thread that comes back from the database waits so long for its turn, and on SQLite all others that write wait with
# it; Python's own 5 ms, at each of a dozen statements, is most of what many requests at once take.
sys.setswitchinterval(0.0005)

app = create_app()
