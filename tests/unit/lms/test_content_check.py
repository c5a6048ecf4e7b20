"""What only `lms content check` can see: the curriculum, the labs and the projects together."""

import re

from curricula.loader import PACKAGED as CURRICULA
from lms.cli.content import check_references, check_uuids, find_problems
from lms.content import load
from schema import Problems


def test_all_content_is_clean() -> None:
    problems, summary = find_problems()
    assert not problems, str(problems)
    assert "no mistakes" in summary
    assert not re.search(r"\b1 \w+s\b", summary), summary


def test_names_of_labs_and_projects_that_are_gone_are_found_with_their_lines() -> None:
    content, problems = load(), Problems()
    check_references(content.curriculum, labs=["another-lab"], projects=[], problems=problems)
    found = {problem.message: problem for problem in problems}
    for lab in content.labs:
        problem = found[f"there is no lab `{lab.slug}`"]
        assert lab.slug in problem.path.read_text().splitlines()[problem.line - 1]
        assert "another-lab" in problem.mend
    assert any(problem.path.is_relative_to(CURRICULA / "pathways") for problem in problems)


def test_a_uuid_that_stands_in_two_files_is_found() -> None:
    content, problems = load(), Problems()
    module, project, lab = content.curriculum.modules[0], next(iter(content.projects)), next(iter(content.labs))
    copied = [
        project.model_copy(update={"uuid": module.activities[0].uuid}),
        project.model_copy(update={"uuid": lab.uuid}),
    ]
    check_uuids(content.curriculum, labs=content.labs, projects=copied, problems=problems)
    assert {f"{module.slug}/module.yaml", f"{lab.slug}/lab.yaml"} == {one.message.split()[-1] for one in problems}
