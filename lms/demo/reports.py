"""Submissions with the report that each of their variants earns, in several attempts."""

import dataclasses
import datetime as dt
import random
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from labs.exams.report import CriterionResult, LogEvidence, Phase, Report, TextEvidence, Versions
from labs.exams.variants import assemble
from labs.projects import Project, load_wrong
from lms.demo.measurements import bad_answers, measure
from lms.models import Examination, ExaminationStatus, Submission, User, db
from lms.models import Report as ReportRow
from lms.services import packing, uploads
from schema import Problems

_PHASES = (
    ("copying the submission", 0.002),
    ("starting the services", 3.1),
    ("2,000 users, and 30 s without a fault", 36.4),
    ("starting the services afresh, three times", 3.4),
    ("three faults, side by side", 24.2),
)
_LOG = """\
Traceback (most recent call last):
  File "router.py", line 31, in <module>
    MODELS = {"a": os.environ["MODEL_A_URL"], "b": os.environ["MODEL_B_URL"]}
  File "<frozen os>", line 685, in __getitem__
KeyError: 'MODEL_A_URL'
"""


@dataclasses.dataclass(frozen=True)
class Variant:
    """A version of a project that somebody hands in: `solution` or a wrong one, and the points that it loses."""

    name: str
    loses: Mapping[str, float]
    gradable: bool = True


def variants(project: Project) -> dict[str, Variant]:
    """The project's own solution and wrong variants, by name."""
    problems = Problems()
    found = {"solution": Variant("solution", {})}
    for name, one in load_wrong(project, problems).items():
        found[name] = Variant(name, one.loses, one.verdict != "not gradable")
    if problems:
        raise RuntimeError(f"the variants of {project.slug} can not be read: {problems}")
    return found


def hand_in(
    user: User, project: Project, variant: Variant, *, number: int, at: dt.datetime, chance: random.Random
) -> ReportRow:
    """An examined submission: its upload is stored, its examination done, its report written."""
    submission = submit(user, project, variant, number=number, at=at, chance=chance)
    exam = report(project, variant, chance)
    begun = at + dt.timedelta(seconds=chance.randint(2, 190))
    ended = begun + dt.timedelta(seconds=exam.seconds)
    db.session.add(
        Examination(
            submission_id=submission.id,
            status=ExaminationStatus.DONE,
            tries=1,
            fence=1,
            events=[],
            created_at=at,
            started_at=begun,
            finished_at=ended,
        )
    )
    row = ReportRow.of(exam, submission_id=submission.id, revision=1)
    row.created_at = ended
    db.session.add(row)
    db.session.flush()
    return row


def submit(
    user: User, project: Project, variant: Variant, *, number: int, at: dt.datetime, chance: random.Random
) -> Submission:
    """The row and the stored bytes; every second one came from a repository."""
    stored = _store(project, variant)
    commit = f"{chance.getrandbits(160):040x}"
    from_git = chance.random() < 0.4
    who = user.email.split("@")[0].replace(".", "-")
    made = Submission(
        user_id=user.id,
        project_uuid=project.uuid,
        number=number,
        form_key=f"demo-{chance.getrandbits(64):016x}",
        sha256=stored.sha256,
        size=stored.size,
        filename=f"{who}-{commit[:12]}.zip" if from_git else f"ab-platform-{number}.zip",
        git_url=f"https://git.example.org/{who}/ab-platform.git" if from_git else None,
        git_commit=commit if from_git else None,
        created_at=at,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _store(project: Project, variant: Variant) -> uploads.Stored:
    """The files of the variant in the upload store, so that a demo submission can be examined anew for real."""
    with tempfile.TemporaryDirectory(prefix="demo-") as own:
        files, packed = Path(own) / "files", Path(own) / "files.zip"
        if variant.name == "solution":
            shutil.copytree(project.folder / "solution", files, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            assemble(project, variant.name, files)
        packing.pack(files, packed)
        with packed.open("rb") as stream, uploads.receive(stream) as received:
            return received.accept()


def report(project: Project, variant: Variant, chance: random.Random) -> Report:
    """What the examiner would say of this variant."""
    if not variant.gradable:
        return _not_gradable(project, chance)
    results = _results(project, variant, chance)
    points = sum(one.points for one in results)
    phases = [Phase(name=name, seconds=round(usual * chance.uniform(0.96, 1.08), 2)) for name, usual in _PHASES]
    return Report(
        project=project.slug,
        verdict="passed" if points >= project.pass_points else "failed",
        message=f"{points:g} points; {project.pass_points:g} of {project.max_points} points are needed.",
        isolation="bubblewrap",
        points=points,
        max_points=project.max_points,
        pass_points=project.pass_points,
        criteria=results,
        phases=phases,
        seconds=round(sum(phase.seconds for phase in phases), 1),
        versions=_versions(),
    )


def _results(project: Project, variant: Variant, chance: random.Random) -> list[CriterionResult]:
    results, hurt = [], bad_answers(variant.loses, chance)
    for criterion in project.criteria:
        points = criterion.points - variant.loses.get(criterion.id, 0)
        seen = measure(criterion.id, good=points == criterion.points, hurt=hurt, chance=chance)
        results.append(
            CriterionResult(
                id=criterion.id,
                title=criterion.title,
                points=points,
                max_points=criterion.points,
                measured=seen.sentence,
                limit=criterion.limit,
                advice=seen.advice,
                evidence=seen.evidence,
            )
        )
    return results


def _not_gradable(project: Project, chance: random.Random) -> Report:
    why = "The service `router` ended with code 1 before it answered. Its log stands below."
    return Report(
        project=project.slug,
        verdict="not gradable",
        fault="learner",
        message=why,
        isolation="bubblewrap",
        points=0,
        max_points=project.max_points,
        pass_points=project.pass_points,
        evidence=[
            TextEvidence(title="What happened", text=why),
            LogEvidence(title="The log of router, its end", text=_LOG),
        ],
        phases=[Phase(name="starting the services", seconds=round(chance.uniform(0.8, 1.4), 2))],
        seconds=1.6,
        versions=_versions(),
    )


def _versions() -> Versions:
    return Versions(examiner="demo", content="demo")
