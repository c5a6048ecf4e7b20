"""What an examiner measures of the A/B project, made up so that it looks and reads like the real thing."""

import dataclasses
import random
from collections.abc import Collection, Mapping

from labs.exams.report import Bar, BarsEvidence, Evidence, Mark, PlotEvidence, Series, TableEvidence, counted_users

FAULTS = {"rollback-latency": "slow", "rollback-errors": "failing", "rollback-accuracy": "wrong"}
_ADVICE = {
    "split": "Draw the model from the user's id by a hash, and compare the hash with the share.",
    "sticky": "Decide by the user's id, never by the request: the same id must give the same model.",
    "independent": "A counter is predictable. Hash the user's id with a salt instead.",
    "metrics": "Count after the model has answered, in the same process that answers /metrics.",
    "bad-answers": "React sooner: decide on seconds of traffic, not minutes; when B fails, ask A for the same user.",
    "no-false-alarm": "Ask for enough requests and for a difference beyond chance before you roll back.",
}


@dataclasses.dataclass(frozen=True)
class Measured:
    """The sentence, what to do where points are missing, and the pictures."""

    sentence: str
    advice: str
    evidence: list[Evidence]


def bad_answers(missed: Collection[str], chance: random.Random) -> dict[str, int]:
    """How many users each fault hurt: few where the rollback came, all of model B's where it did not."""
    return {
        kind: chance.randint(96, 108) if criterion_id in missed else chance.randint(8, 20)
        for criterion_id, kind in FAULTS.items()
    }


def measure(criterion_id: str, *, good: bool, hurt: Mapping[str, int], chance: random.Random) -> Measured:
    """One criterion of the A/B project, kept or missed; other criteria get a plain sentence."""
    advice = "" if good else _ADVICE.get(criterion_id, "Compare model B with A over the last seconds, and act on it.")
    if criterion_id in FAULTS:
        return _fault(FAULTS[criterion_id], hurt[FAULTS[criterion_id]], good=good, advice=advice, chance=chance)
    if criterion_id == "bad-answers":
        sentence, evidence = _bad_answers(hurt)
        return Measured(sentence, advice, evidence)
    make = {
        "split": _split,
        "sticky": _sticky,
        "independent": _independent,
        "metrics": _metrics,
        "no-false-alarm": _control,
    }.get(criterion_id)
    if make is None:
        return Measured("Within the limit." if good else "Beyond the limit.", advice, [])
    sentence, evidence = make(good, chance)
    return Measured(sentence, advice, evidence)


Made = tuple[str, list[Evidence]]


def _split(good: bool, chance: random.Random) -> Made:
    to_b = chance.randint(178, 226) if good else chance.randint(384, 421)
    bars = [
        Bar(name="model A", value=2000 - to_b, low=1755, high=1843),
        Bar(name="model B", value=to_b, low=157, high=245),
        Bar(name="neither, or both", value=0, low=0, high=0),
    ]
    said = f"{to_b} of 2,000 users were answered by model B ({to_b / 20:.1f}%)."
    return said, [BarsEvidence(title="Who answered 2,000 users", y_label="users", bars=bars)]


def _sticky(good: bool, chance: random.Random) -> Made:
    moved = 0 if good else chance.randint(28, 41)
    of_each = (moved // 5, moved - moved // 5)
    table = TableEvidence(
        title="Where users who came back were sent",
        columns=["first model", "users", "asked again", "same model", "another, or none"],
        rows=[[arm, 20, 100, 100 - lost, lost] for arm, lost in zip(("model-a", "model-b"), of_each, strict=True)],
    )
    return f"{moved} of 200 repeated requests of 40 users reached another model.", [table]


def _independent(good: bool, chance: random.Random) -> Made:
    runs, expected = (chance.randint(330, 372), 352.4) if good else (401, 361.0)
    p = chance.uniform(0.12, 0.9) if good else 0.0
    row = [200, 1800, runs, expected, round(p, 3)]
    table = TableEvidence(
        title="Runs test", columns=["model B", "model A", "runs", "expected runs", "p"], rows=[list(row)]
    )
    said = f"{runs} runs of the same model in a row; chance gives {expected:.0f} on average, p = {p:.2g}."
    return said, [table]


def _metrics(good: bool, chance: random.Random) -> Made:
    rows: list[list[str | int | float]] = []
    for what, low, high in (("requests of model-a", 1790, 1840), ("requests of model-b", 160, 210)):
        for moment in ("after 2,000 users", "after the control"):
            counted = chance.randint(low, high)
            shown = counted if good else round(counted * chance.uniform(0.7, 0.9))
            rows.append([f"{what}, {moment}", counted, shown, "yes" if good else "no"])
    table = TableEvidence(
        title="The examiner's counts and the router's", columns=["what", "counted", "/metrics", "agrees"], rows=rows
    )
    return f"{11 if good else 7} of 11 counters agreed.", [table]


def _bad_answers(hurt: Mapping[str, int]) -> Made:
    bars = [Bar(name=kind, value=count) for kind, count in hurt.items()]
    kinds = ", ".join(f"{count} {kind}" for kind, count in hurt.items())
    said = f"{counted_users(sum(hurt.values()))} got a bad answer: {kinds}."
    return said, [BarsEvidence(title="Bad answers by fault", y_label="users", bars=bars)]


def _control(good: bool, chance: random.Random) -> Made:
    ends = 31 if good else chance.randint(18, 24)
    share = [(float(s), round(max(0.0, chance.gauss(0.1, 0.035)), 3) if s < ends else 0.0) for s in range(31)]
    last = chance.randint(44, 58) if good else 0
    plot = PlotEvidence(
        title="Share of model B without a fault",
        x_label="seconds",
        y_label="share of requests",
        series=[Series(name="model B", points=share)],
    )
    return f"{chance.randint(140, 165)} of 1,498 requests reached model B, {last} of the last 500.", [plot]


def _fault(kind: str, users: int, *, good: bool, advice: str, chance: random.Random) -> Measured:
    back = round(chance.uniform(2.1, 8.6), 2) if good else None
    marks = [Mark(at=0, label="fault"), Mark(at=20, label="limit")]
    marks += [Mark(at=back, label="back on A")] if back else []
    plot = _latency(back, marks, chance) if kind == "slow" else _shares(kind, back, marks, chance)
    said = (
        f"Traffic was back on model A {back} s after the fault; {counted_users(users)} got a bad answer."
        if back
        else f"Model B still had traffic 20 s after the fault; {counted_users(users)} got a bad answer."
    )
    return Measured(said, advice, [plot])


def _latency(back: float | None, marks: list[Mark], chance: random.Random) -> PlotEvidence:
    model_a = [(s / 10, round(max(3.0, chance.gauss(11, 3)), 1)) for s in range(-60, 240, 2)]
    on_b = [s for s in range(-60, 240, 4) if back is None or s / 10 < back]
    model_b = [(s / 10, round(max(4.0, chance.gauss(13, 3)) + (500 if s >= 0 else 0), 1)) for s in on_b]
    series = [Series(name="model-a", points=model_a), Series(name="model-b", points=model_b)]
    return PlotEvidence(
        title="Time to answer, before and after the rollback",
        x_label="seconds after the fault",
        y_label="milliseconds",
        series=series,
        marks=marks,
    )


def _shares(kind: str, back: float | None, marks: list[Mark], chance: random.Random) -> PlotEvidence:
    seconds = range(-7, 22)
    share = [
        (float(s), round(max(0.0, chance.gauss(0.1, 0.03)), 3) if back is None or s < back else 0.0) for s in seconds
    ]
    part = {"failing": 0.96, "wrong": 0.4}[kind]
    bad = [(s, round(value * part, 3) if s >= 0 else 0.0) for s, value in share]
    return PlotEvidence(
        title="Traffic on model B and bad answers",
        x_label="seconds after the fault",
        y_label="share of requests",
        series=[Series(name="requests that reached model B", points=share), Series(name="bad answers", points=bad)],
        marks=marks,
    )
