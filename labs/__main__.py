"""`python -m labs`: for authors of labs.

python -m labs check                                    read every lab and component, say every error
python -m labs try SLUG [untouched|solution|wrong/NAME] run one way through a lab (default: all ways)
python -m labs images [BASE]                            build the images of labs in containers, and note their names
python -m labs images --prune [LIST ...]                remove images that no container uses and no list names
python -m labs prepare                                  make what each new lab copies, so that the first start is quick

BASE is an image on this engine, python:3.11-bookworm unless named; what it must have is in
docs/reference/labs-in-containers.md. The build takes Prometheus from this machine.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from labs.attempt import attempt, failing, order, running
from labs.catalogue.loader import HERE, load_labs
from labs.catalogue.model import Lab
from labs.catalogue.variants import Variant, variants
from labs.components.loader import known_components
from labs.errors import LabError
from labs.places import academy_home, lab_environment, lab_images
from labs.providers.process import templates, thin
from labs.providers.process.provider import ProcessProvider
from schema import Problems


def main(arguments: list[str]) -> int:
    """Do what was asked; 0 when all is well."""
    match arguments:
        case ["check"]:
            return _check()
        case ["prepare"]:
            return _prepare()
        case ["images"]:
            return _images(None)
        case ["images", "--prune", *lists]:
            return _prune([Path(one) for one in lists])
        case ["images", base] if not base.startswith("-"):
            return _images(base)
        case ["try", slug]:
            return _try(slug, None)
        case ["try", slug, name]:
            return _try(slug, name)
    print(__doc__)
    return 2


def _check() -> int:
    problems = Problems()
    found = load_labs(HERE, problems)
    for problem in problems.relative_to(Path.cwd()):
        print(problem)
    print(f"{len(found)} labs without a problem, {len(problems)} problem(s)")
    return 1 if problems else 0


def _prepare() -> int:
    locked = thin.locked(lab_environment())
    for component in known_components().values():
        if made := templates.make(component, locked):
            print(f"{component.title}: {made}")
    return 0


def _images(base: str | None) -> int:
    # Only here: who has no engine needs no client for one.
    from labs import images
    from labs.providers.docker import api
    from labs.providers.process.recipes import find_program

    def find(name: str) -> str:
        return find_program(name, academy_home() / "bin")

    try:
        client = api.connect(None, timeout=images.BUILD_SECONDS)
        with api.in_our_words():
            made = images.ensure(client, base=base or images.DEFAULT_BASE, find_program=find)
    except LabError as error:
        print(f"error: {error}")
        return 1
    for name, reference in made.items():
        print(f"{name}: {reference} {client.images.get(reference).attrs['Size'] // 10**6} MB")
    images.write_names(lab_images(), made)
    print(f"their names are in {lab_images()}")
    return 0


def _prune(lists: list[Path]) -> int:
    """Without a list nobody could say what is to stay."""
    from labs import old_images
    from labs.providers.docker import api

    lists = [lab_images(), *lists]
    try:
        keep = {str(one) for path in lists for one in json.loads(path.read_text()).values()}
        gone = old_images.remove(api.connect(None), keep=keep)
    except (OSError, ValueError) as error:
        print(f"error: nothing is removed without a list of what stays: {error}")
        return 1
    except LabError as error:
        print(f"error: {error}")
        return 1
    print("\n".join(["removed:", *gone]) if gone else "there is no old image that nothing uses")
    print(f"kept: what containers use, and what {', '.join(map(str, lists))} names")
    return 0


def _try(slug: str, name: str | None) -> int:
    problems = Problems()
    lab = load_labs(HERE, problems).get(slug)
    for problem in problems.within(HERE / slug).relative_to(Path.cwd()):
        print(problem)
    if lab is None:
        print(f"there is no lab '{slug}' without a problem")
        return 1
    ways = {variant.name: variant for variant in variants(lab)}
    if name is not None and name not in ways:
        print(f"{slug} has no '{name}'; it has {', '.join(ways)}")
        return 1
    return max(_run(lab, ways[one]) for one in ([name] if name else ways))


def _run(lab: Lab, variant: Variant) -> int:
    print(f"== {lab.slug} {variant.name}")
    with tempfile.TemporaryDirectory(prefix="academy-try-") as root:
        programs = academy_home() / "bin"
        mark = f"try-{Path(root).name}"
        provider = ProcessProvider(root=Path(root), environment=lab_environment(), programs=programs, installation=mark)
        spec = order(lab, lab_id=1, installation=mark)
        try:
            with running(provider, spec):
                failed = failing(attempt(provider, spec, lab, variant, say=print))
        except LabError as error:
            print(f"error: {error}")
            return 1
    good = failed == variant.fails
    expected = ", ".join(sorted(variant.fails)) or "none"
    print(f"{'OK' if good else 'WRONG'}: failing steps: {', '.join(sorted(failed)) or 'none'}; declared: {expected}\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
