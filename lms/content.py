"""Loads all content at start, or says everything that is wrong with it at once."""

from curricula.loader import ContentErrors
from curricula.loader import load as load_curricula
from labs.catalogue.loader import HERE as CATALOGUE
from labs.catalogue.loader import load_labs
from labs.projects.loader import load_projects
from lms.services.content import Content, Shelf, install
from schema import Problems


def load() -> Content:
    """Reads curricula, labs and projects and installs them for the services of this process."""
    problems = Problems()
    labs = load_labs(CATALOGUE, problems)
    projects = load_projects(problems)
    if problems:
        raise ContentErrors(problems)
    content = Content(curriculum=load_curricula(), labs=Shelf(labs), projects=Shelf(projects))
    install(content)
    return content
