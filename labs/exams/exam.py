"""One exam from folder to report: takes the machine's turn, has it held, adds up its findings."""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from labs.errors import OurFault, ProviderAway
from labs.exams import sandbox
from labs.exams.errors import NOT_YOUR_FAULT, ExaminerBroke, IntakeError
from labs.exams.events import Event, PhaseEnded, PhaseStarted, WaitingForTurn
from labs.exams.examiner_process import run_examiner
from labs.exams.plan import Plan, PlannedCriterion
from labs.exams.report import CriterionResult, Fault, Findings, Phase, Report, Verdict, Versions
from labs.exams.settings import ExamSettings
from labs.exams.submission import content_digest, copy_submission
from labs.exams.turn import turn
from labs.projects import Project

Listener = Callable[[Event], None]
_FOLDER_PREFIX = "exam-"


def examine(project: Project, folder: Path, *, settings: ExamSettings, on_event: Listener) -> Report:
    """Examine `folder` and give a report: our own faults come out as not gradable, fault "platform".

    ProviderAway when the host of exams was lost: the same exam can be held there as soon as it is back.
    """
    draft = _Draft(project=project, on_event=on_event)
    try:
        draft.isolation = _sandbox(settings)
        with turn(settings.state / "turn", lambda position: on_event(WaitingForTurn(position=position))):
            draft.started = time.monotonic()
            _clear_leftovers(settings.state)
            with _exam_folder(settings.state) as own:
                return _examine_in(own, folder, draft=draft, settings=settings)
    except IntakeError as refused:
        return draft.not_gradable(str(refused), fault="learner")
    except ProviderAway:
        raise
    except (ExaminerBroke, OurFault, OSError) as broke:
        return draft.not_gradable(f"{NOT_YOUR_FAULT} {broke}", fault="platform")


@dataclass
class _Draft:
    """What is known about the report so far."""

    project: Project
    on_event: Listener
    isolation: sandbox.Sandbox = field(default_factory=lambda: sandbox.Sandbox("none"))
    started: float = 0
    content: str = ""

    def not_gradable(self, message: str, *, fault: Fault, findings: Findings | None = None) -> Report:
        findings = findings or Findings()
        return self._report("not gradable", message, fault=fault, points=0, findings=findings)

    def graded(self, findings: Findings) -> Report:
        """The verdict follows from the criteria; whatever the examiner did not decide is worth nothing."""
        points = sum(min(result.points, result.max_points) for result in findings.criteria)
        passed = points >= self.project.pass_points
        need = f"{self.project.pass_points:g} of {self.project.max_points} points are needed"
        message = f"{points:g} points; {need}."
        fault: Fault | None = None if passed else "learner"
        return self._report("passed" if passed else "failed", message, fault=fault, points=points, findings=findings)

    def _report(
        self, verdict: Verdict, message: str, *, fault: Fault | None, points: float, findings: Findings
    ) -> Report:
        graded: list[CriterionResult] = findings.criteria if verdict != "not gradable" else []
        return Report(
            project=self.project.slug,
            verdict=verdict,
            fault=fault,
            message=message[:2000],
            isolation=self.isolation.kind,
            isolation_note=self.isolation.note,
            points=points,
            max_points=self.project.max_points,
            pass_points=self.project.pass_points,
            criteria=graded,
            evidence=findings.evidence,
            phases=findings.phases,
            seconds=time.monotonic() - self.started if self.started else 0,
            versions=Versions(examiner=examiner_digest(self.project), content=self.content),
        )


def _examine_in(own: Path, folder: Path, *, draft: _Draft, settings: ExamSettings) -> Report:
    copied = time.monotonic()
    draft.on_event(PhaseStarted(name="copying the submission"))
    copy_submission(folder, own / "submission")
    draft.content = content_digest(own / "submission")
    took = Phase(name="copying the submission", seconds=time.monotonic() - copied)
    draft.on_event(PhaseEnded(name=took.name, seconds=took.seconds))
    plan = _plan(own, draft=draft, settings=settings)
    if settings.host:
        findings = settings.host.hold(plan, seconds=settings.time_limit_seconds, on_event=draft.on_event)
    else:
        findings = run_examiner(plan, own, settings=settings, on_event=draft.on_event)
    findings = findings.model_copy(update={"phases": [took, *findings.phases]})
    if findings.platform_fault is not None:
        raise ExaminerBroke(findings.platform_fault)
    if findings.learner_fault is not None:
        return draft.not_gradable(findings.learner_fault, fault="learner", findings=findings)
    _check_complete(findings, draft.project)
    return draft.graded(findings)


def _check_complete(findings: Findings, project: Project) -> None:
    """An examiner decides every criterion once, at its published worth; anything else is our bug."""
    published: dict[str, float] = {criterion.id: criterion.points for criterion in project.criteria}
    decided = {result.id: result.max_points for result in findings.criteria}
    if len(findings.criteria) != len(published) or decided != published:
        raise ExaminerBroke("the examiner did not decide the published criteria exactly once each.")
    if any(result.points > result.max_points for result in findings.criteria):
        raise ExaminerBroke("the examiner gave more points than a criterion is worth.")


def _plan(own: Path, *, draft: _Draft, settings: ExamSettings) -> Plan:
    project = draft.project
    seed = settings.seed or f"{project.slug}:{draft.content}"
    return Plan(
        project=project.slug,
        examiner=project.folder / "examiner.py",
        criteria=tuple(
            PlannedCriterion(id=item.id, title=item.title, points=item.points, limit=item.limit)
            for item in project.criteria
        ),
        submission=own / "submission",
        isolation=draft.isolation.kind,
        lab_python=settings.lab_python,
        lab_reads=() if settings.host else tuple(sandbox.python_folders(settings.lab_python)),
        seed=hashlib.sha256(seed.encode()).hexdigest(),
    )


def _sandbox(settings: ExamSettings) -> sandbox.Sandbox:
    if settings.host:
        return sandbox.Sandbox(settings.host.isolation)
    chosen = sandbox.choose(settings.isolation)
    if settings.isolation == "required" and chosen.kind == "none":
        raise ExaminerBroke(f"exams must be isolated here, but cannot be. {chosen.note}")
    return chosen


def examiner_digest(project: Project) -> str:
    """Which examiner this is: the project's own files, its published criteria and the shared pieces."""
    digest = hashlib.sha256()
    shared = sorted(Path(__file__).parent.glob("*.py"))
    own = sorted((project.folder / "criteria").glob("*.py"))
    for path in (project.folder / "examiner.py", project.folder / "project.yaml", *own, *shared):
        digest.update(json.dumps([path.name, hashlib.sha256(path.read_bytes()).hexdigest()]).encode())
    return digest.hexdigest()


@contextmanager
def _exam_folder(state: Path) -> Iterator[Path]:
    own = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX, dir=state))
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _clear_leftovers(state: Path) -> None:
    # Whoever holds the turn is alone: folders of exams that were killed belong to nobody.
    for leftover in state.glob(f"{_FOLDER_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
