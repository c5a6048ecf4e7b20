"""What every provider does, whatever it runs labs on."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labs.errors import LabNotRunning, LabSuperseded, UnknownComponent
from labs.ports import CommandResult, Owned, Provider
from labs.spec import LabSpec
from tests.integration.labs.conftest import Case
from tests.integration.labs.waiting import until_ready, until_settled


@pytest.fixture(scope="module")
def steady(shared: Case) -> LabSpec:
    """A ready lab, which its tests leave as it was."""
    lab = shared.order()
    until_ready(shared.provider, lab)
    return lab


def listed(provider: Provider, *labs: LabSpec) -> list[Owned]:
    """As which of these labs the provider lists; it may have more."""
    return [owned for owned in provider.list_owned() if owned.name in {lab.name for lab in labs}]


def test_an_unknown_lab_is_absent(case: Case) -> None:
    lab = case.order()
    assert case.provider.observe(lab).state == "absent"
    assert listed(case.provider, lab) == []


def test_a_lab_starts_step_by_step(case: Case) -> None:
    lab = case.order()
    first = case.provider.ensure(lab)
    assert first.state == "starting"
    ready = until_ready(case.provider, lab)
    assert [one.phase for one in ready.components] == ["ready"]
    assert ready.started_at and ready.ready_at and ready.started_at <= ready.ready_at
    assert case.provider.observe(lab) == ready


def test_ensuring_a_ready_lab_changes_nothing(shared: Case, steady: LabSpec) -> None:
    ready = shared.provider.observe(steady)
    assert shared.provider.ensure(steady) == ready


def test_two_callers_at_once_make_one_lab(case: Case) -> None:
    lab = case.order()
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _: until_ready(case.again(), lab), range(4)))
    assert len({one.model_dump_json() for one in seen}) == 1
    assert len(listed(case.provider, lab)) == 1


def test_an_observation_is_small_json_without_the_token(shared: Case, steady: LabSpec) -> None:
    text = shared.provider.observe(steady).model_dump_json()
    assert len(text) < 4000
    assert steady.token.get_secret_value() not in text
    assert json.loads(text)["state"] == "ready"


def test_stopping_keeps_the_work_and_a_new_start_finds_it(case: Case, starter: Path) -> None:
    lab = case.order(starter=starter)
    until_ready(case.provider, lab)
    case.write(lab, "mine.txt", b"my work")
    assert case.provider.stop(lab).state == "stopped"
    assert case.provider.stop(lab).state == "stopped"
    assert case.provider.observe(lab).state == "stopped"
    until_ready(case.again(), lab)
    assert case.provider.read(lab, "mine.txt") == b"my work"


def test_a_reset_begins_with_the_starter_files(case: Case, starter: Path) -> None:
    lab = case.order(starter=starter)
    until_ready(case.provider, lab)
    case.write(lab, "README.md", b"spoiled")
    renewed = case.order(starter=starter, generation=2)
    until_ready(case.provider, renewed)
    assert case.provider.read(renewed, "README.md") == b"begin here\n"
    of_today = ["find", "README.md", "-mmin", "-10"]
    case.foresee(of_today, CommandResult(exit=0, stdout="README.md\n", stderr=""))
    assert case.provider.run(renewed, of_today).stdout == "README.md\n", "its time is that of the lab, no set-up's"
    assert (starter / "README.md").stat().st_mtime == 0


def test_orders_for_an_older_generation_are_refused(case: Case) -> None:
    old, new = case.order(), case.order(generation=2)
    until_ready(case.provider, new)
    for call in (case.provider.ensure, case.provider.stop, case.provider.delete):
        with pytest.raises(LabSuperseded):
            call(old)
    assert case.provider.observe(new).state == "ready"


def test_deleting_leaves_nothing_and_may_be_repeated(case: Case) -> None:
    lab = case.order()
    until_ready(case.provider, lab)
    case.provider.delete(lab)
    case.provider.delete(lab)
    assert case.provider.observe(lab).state == "absent"
    assert listed(case.provider, lab) == []


def test_owned_labs_are_listed_running_or_stopped(case: Case) -> None:
    one, two = case.order(1), case.order(2)
    until_ready(case.provider, one)
    until_ready(case.provider, two)
    case.provider.stop(two)
    told = [(own.name, own.lab_id, own.generation, own.running) for own in listed(case.again(), one, two)]
    assert told == [(one.name, one.lab_id, 1, True), (two.name, two.lab_id, 1, False)]


def test_a_new_provider_adopts_what_runs(shared: Case, steady: LabSpec) -> None:
    ready = shared.provider.observe(steady)
    again = shared.again()
    assert again.observe(steady) == ready
    assert again.ensure(steady) == ready


def test_what_is_noted_outlives_labs_and_providers(case: Case) -> None:
    assert case.provider.epoch() is None
    case.provider.note_epoch("one:1")
    case.again().note_epoch("one:2")
    lab = case.order()
    until_ready(case.provider, lab)
    case.provider.delete(lab)
    assert case.again().epoch() == "one:2"


def test_logs_are_asked_by_component(shared: Case, steady: LabSpec) -> None:
    assert len(shared.provider.logs(steady, "prometheus", max_bytes=100)) <= 100
    with pytest.raises(UnknownComponent):
        shared.provider.logs(steady, "../../etc/passwd")


def test_commands_need_a_running_lab(case: Case) -> None:
    lab = case.order()
    with pytest.raises(LabNotRunning):
        case.provider.run(lab, ["true"])
    until_ready(case.provider, lab)
    assert case.provider.run(lab, ["true"]).exit == 0
    case.provider.stop(lab)
    with pytest.raises(LabNotRunning):
        case.provider.run(lab, ["true"])


COMMANDS = (
    (["sh", "-c", "echo out; echo err >&2; exit 3"], 60, CommandResult(exit=3, stdout="out\n", stderr="err\n")),
    (["sh", "-c", "echo begun; sleep 60"], 1.5, CommandResult(exit=None, stdout="begun\n", stderr="")),
    (["sh", "-c", "setsid sleep 61 & echo done"], 60, CommandResult(exit=0, stdout="done\n", stderr="")),
    (["sh", "-c", "yes | head -c 3000000"], 60, CommandResult(exit=0, stdout="y\n" * 131_072, stderr="", cut=True)),
)


def test_commands_end_as_they_are_told_in_time_and_within_a_cap(shared: Case, steady: LabSpec) -> None:
    for command, timeout, expected in COMMANDS:
        shared.foresee(command, expected)
        assert shared.provider.run(steady, command, timeout=timeout) == expected, command
    shared.foresee(["no-such-program"], CommandResult(exit=127, stdout="", stderr=""))
    assert shared.provider.run(steady, ["no-such-program"]).exit == 127


def test_a_failure_is_named_with_its_cause_and_a_reset_heals(case: Case) -> None:
    lab = case.order()
    until_ready(case.provider, lab)
    cause = case.break_component(lab)
    case.provider.stop(lab)
    seen = until_settled(case.provider, lab)
    assert seen.state == "failed" and seen.problem
    assert seen.problem.whose == "learner", seen
    assert "prometheus" in seen.problem.what and cause in seen.problem.log
    assert cause in case.provider.logs(lab, "prometheus")
    assert case.again().observe(lab) == seen
    until_ready(case.provider, case.order(generation=2))


def test_reading_is_capped_and_stays_inside(shared: Case, steady: LabSpec) -> None:
    shared.write(steady, "long.txt", b"0123456789")
    assert shared.provider.read(steady, "long.txt", max_bytes=4) == b"0123"
    for path in ("absent.txt", "../state/lab.json", "/etc/passwd", ".", ""):
        assert shared.provider.read(steady, path) is None


def test_promises_are_a_table_for_people(shared: Case) -> None:
    assert shared.provider.promises.rows
    assert all(row.how.endswith(".") for row in shared.provider.promises.rows)
