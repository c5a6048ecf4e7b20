"""What a pathway must hold true: modules exist, come once, are active where it is, and follow their prerequisites."""

from collections.abc import Mapping

from curricula.reading import ContentFiles
from curricula.schema import Module, Pathway, Status
from schema import Problems, Sourced


def check_pathway(pathway: Sourced[Pathway], files: ContentFiles, problems: Problems) -> None:
    """Note every problem of one pathway."""
    before: dict[str, int] = {}
    for stage_index, stage in enumerate(pathway.value.stages):
        for index, slug in enumerate(stage.modules):
            line = pathway.line("stages", stage_index, "modules", index)
            _check_entry(pathway, slug, line, before, files, problems)
            before.setdefault(slug, line)


def _check_entry(
    pathway: Sourced[Pathway], slug: str, line: int, before: Mapping[str, int], files: ContentFiles, problems: Problems
) -> None:
    if slug not in files.module_folders:
        mend = f"Write modules/{slug}/module.yaml, or correct the slug."
        problems.add(pathway.path, line, f"the module '{slug}' does not exist", mend)
    if slug in before:
        message = f"the module '{slug}' is listed a second time (first on line {before[slug]})"
        problems.add(pathway.path, line, message, "List it once.")
    if slug not in files.modules:
        return
    module = files.modules[slug].module.value
    if pathway.value.status is Status.ACTIVE and module.status is not Status.ACTIVE:
        message = f"an active pathway lists the {module.status} module '{slug}'"
        problems.add(pathway.path, line, message, "Make the module active, or take it out of the pathway.")
    for needed in module.prerequisites:
        if needed in files.module_folders and needed not in before:
            message = f"'{slug}' needs '{needed}', which does not come before it in this pathway"
            mend = f"List '{needed}' earlier, or remove that prerequisite from modules/{slug}/module.yaml."
            problems.add(pathway.path, line, message, mend)


def check_cycles(modules: Mapping[str, Sourced[Module]], problems: Problems) -> None:
    """Note each circle of prerequisites once."""
    done: set[str] = set()

    def visit(slug: str, trail: tuple[str, ...]) -> None:
        if slug in trail:
            circle = (*trail[trail.index(slug) :], slug)
            module = modules[circle[-2]]
            line = module.line("prerequisites", module.value.prerequisites.index(slug))
            message = f"prerequisites go in a circle: {' -> '.join(circle)}"
            problems.add(module.path, line, message, "Remove one of them.")
        elif slug in modules and slug not in done:
            for needed in modules[slug].value.prerequisites:
                visit(needed, (*trail, slug))
            done.add(slug)

    for start in sorted(modules):
        visit(start, ())
