"""What a learner may begin a project with, as a download."""

import io

from lms.services import packing, submissions
from lms.services.errors import NotFound


def starter_zip(slug: str) -> bytes:
    """The project's starter, with academy.yaml at its top as it is handed in; NotFound when it has none."""
    wanted = submissions.project(slug)
    if not wanted.starter.is_dir():
        raise NotFound("This project has no starter: the brief says all that is needed.")
    packed = io.BytesIO()
    packing.pack(wanted.starter, packed)
    return packed.getvalue()
