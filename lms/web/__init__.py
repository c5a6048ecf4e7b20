"""Pages for people: one folder for each area, all of one shape (blueprint in __init__, views, forms, templates)."""

from importlib import import_module

from flask import Flask

#: In the order of the navigation; each is a package with a `blueprint`.
AREAS = ("auth", "home", "learn", "labs", "projects", "cohorts", "admin", "health")


def register_areas(app: Flask) -> None:
    for area in AREAS:
        app.register_blueprint(import_module(f"lms.web.{area}").blueprint)
