"""Portfolio projects: one folder each, with the brief, the examiner, a solution and wrong ones."""

from labs.projects.loader import Criterion, Project, WrongVariant, load_project, load_projects, load_wrong

__all__ = ["Criterion", "Project", "WrongVariant", "load_project", "load_projects", "load_wrong"]
