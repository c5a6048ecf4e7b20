"""The real web application over small content: `gunicorn tests.factories.web_app:app`. ACADEMY_PLANT plants a bug."""

import os

import lms.content
from lms.app import create_app
from lms.config import Settings
from tests.factories.offers import install_small_content
from tests.faults import plants

lms.content.load = lambda: install_small_content(Settings().home / "content")
plants.plant(os.environ.get("ACADEMY_PLANT"))
app = create_app()
