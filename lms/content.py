"""Loads all content at start, or says everything that is wrong with it at once."""

from labs.catalogue.loader import load as load_labs

from curricula.loader import load as load_curricula
from labs.projects.loader import load as load_projects
from lms.services import content


def load() -> content.Content:
    """Reads curricula, labs and projects and installs them for the services of this process."""
    loaded = content.Content(curriculum=load_curricula(), labs=load_labs(), projects=load_projects())
    content.install(loaded)
    return loaded
