"""The left column of a module page, and what comes after the activity that is open."""

import dataclasses

from flask import url_for

from curricula.schema import Activity, Module, Pathway
from lms.services import content
from lms.services.progress import Standing


@dataclasses.dataclass(frozen=True)
class Place:
    module: Module
    activity: Activity
    url: str


@dataclasses.dataclass(frozen=True)
class OutlineModule:
    """One module of the outline; `places` are its activities with whether each is done and open."""

    module: Module
    locked: bool
    open: bool
    percent: float
    places: list[tuple[Place, bool, bool]]


def place_of(pathway: Pathway, module: Module, activity: Activity) -> Place:
    url = url_for("learn.activity", slug=pathway.slug, module_slug=module.slug, activity_uuid=activity.uuid)
    return Place(module, activity, url)


def outline(pathway: Pathway, standing: Standing, current: Activity) -> list[OutlineModule]:
    """All modules of the pathway; the one that holds the current activity is open."""
    entries = []
    for module in content.current().curriculum.modules_of(pathway):
        places = [
            (place_of(pathway, module, activity), standing.done(activity), activity.uuid == current.uuid)
            for activity in module.activities
        ]
        here = any(is_current for _, _, is_current in places)
        percent = standing.of_module(module).percent
        entries.append(OutlineModule(module, bool(standing.unmet(module)), here, percent, places))
    return entries


def place_after(pathway: Pathway, activity: Activity) -> Place | None:
    """The next place in the order of the pathway, None at its end; a locked module is still named."""
    places = [
        place_of(pathway, each, one)
        for each in content.current().curriculum.modules_of(pathway)
        for one in each.activities
    ]
    position = next(index for index, place in enumerate(places) if place.activity.uuid == activity.uuid)
    return places[position + 1] if position + 1 < len(places) else None
