"""Handing in: accepted means stored; refused means nothing happened."""

import io
import os
from functools import partial

import pytest
from flask import Flask

from lms.models import Examination, Submission, User, db
from lms.services import hints, installation, submission_attempts, submission_views, submissions, uploads
from lms.services.errors import Busy, Invalid, NotFound
from tests.factories.at_once import acting, at_once
from tests.factories.offers import PROJECT, small_zip
from tests.integration.services_exams.conftest import Submit


def test_an_accepted_zip_is_stored_and_waits_for_its_exam(submit: Submit, learner: User) -> None:
    sent: list[tuple[str, int]] = []
    hints.install(lambda kind, row_id: sent.append((kind, row_id)))
    submission = submit()
    assert uploads.path_of(submission.sha256).read_bytes() == small_zip().getvalue()
    view = submission_views.view(submission.id)
    assert (view.status, view.position, view.expected_wait_seconds) == ("queued", 1, 0)
    assert sent == [("examination", view.examination_id)]
    assert (submission.number, submission_attempts.left(learner.id, submissions.project(PROJECT))) == (1, 2)


def hand_in(person: User, form_key: str) -> Submission:
    return submissions.submit_zip(person, PROJECT, small_zip(), filename="a.zip", form_key=form_key)


def test_the_same_form_at_once_is_one_submission(app: Flask, learner: User) -> None:
    ids: list[int] = []
    deed = acting(learner, lambda person: ids.append(hand_in(person, "the-same-form").id))
    assert at_once(app, [deed] * 12) == [None] * 12
    assert len(ids) == 12
    assert len(set(ids)) == 1
    assert db.session.scalar(db.select(db.func.count()).select_from(Examination)) == 1


def test_a_day_has_so_many_attempts_also_at_once(app: Flask, learner: User) -> None:
    forms = [f"form-number-{number}" for number in range(8)]
    ends = at_once(app, [acting(learner, partial(hand_in, form_key=key)) for key in forms])
    refused = [end for end in ends if end is not None]
    assert len(submissions.of_learner(learner.id)) == 3
    assert [type(end) for end in refused] == [Busy] * 5
    assert "3 submissions in 24 hours" in str(refused[0])


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (io.BytesIO(b"no zip at all"), "not a zip"),
        (io.BytesIO(b""), "empty"),
        (small_zip(project="another"), "academy.yaml:1"),
    ],
)
def test_a_refusal_says_why_and_costs_nothing(learner: User, sent: io.BytesIO, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        submissions.submit_zip(learner, PROJECT, sent, filename="a.zip", form_key="form-key-1")
    assert submission_attempts.left(learner.id, submissions.project(PROJECT)) == 3
    assert not list((uploads.folder() / "incoming").iterdir())


def test_too_many_bytes_are_refused_while_they_arrive(learner: User) -> None:
    installation.install(installation.current().model_copy(update={"upload_bytes": 2 * 1024 * 1024}))
    endless = io.BytesIO(b"x" * 3 * 1024 * 1024)
    with pytest.raises(Invalid, match="larger than 2 MiB"):
        submissions.submit_zip(learner, PROJECT, endless, filename="a.zip", form_key="form-key-1")
    assert endless.tell() < 2.5 * 1024 * 1024


def test_an_upload_that_breaks_off_leaves_nothing(learner: User) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionResetError("the browser was closed")
            return super().read(20)

    with pytest.raises(ConnectionResetError):
        submissions.submit_zip(learner, PROJECT, Broken(b"x" * 100), filename="a.zip", form_key="form-key-1")
    assert not list((uploads.folder() / "incoming").iterdir())
    assert db.session.scalar(db.select(db.func.count()).select_from(Submission)) == 0


def test_what_a_killed_process_left_is_swept(app: Flask) -> None:
    left = uploads.folder() / "incoming" / "upload-left"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    (left.parent / "scratch-left" / "files").mkdir(parents=True)
    assert uploads.sweep() == 0
    assert uploads.sweep(older_than=-1) == 2
    assert not list(left.parent.iterdir())


def test_stored_bytes_without_a_row_are_swept_and_those_of_a_submission_stay(submit: Submit) -> None:
    kept = uploads.path_of(submit().sha256)
    with uploads.receive(io.BytesIO(b"accepted, then the process was killed")) as received:
        left = received.accept().path
    for path in (kept, left):
        os.utime(path, (0, 0))
    assert uploads.sweep() == 1
    assert kept.exists()
    assert not left.exists()


def test_old_bytes_that_are_handed_in_again_are_young(submit: Submit) -> None:
    with uploads.receive(small_zip()) as received:
        path = received.accept().path
    os.utime(path, (0, 0))
    submission = submit()
    assert uploads.sweep() == 0
    assert uploads.is_intact(submission.sha256)


@pytest.mark.parametrize("filename", ["../../etc/passwd", "C:\\work\\my.zip", "a\x00b\n.zip", "x" * 999])
def test_a_file_name_is_only_shown(learner: User, filename: str) -> None:
    made = submissions.submit_zip(learner, PROJECT, small_zip(), filename=filename, form_key="form-key-1")
    assert "/" not in made.filename
    assert made.filename.isprintable()
    assert len(made.filename) <= 255


def test_private_addresses_are_not_fetched_from(learner: User) -> None:
    with pytest.raises(Invalid, match="private address"):
        submissions.submit_git(learner, PROJECT, "https://127.0.0.1:1/x.git", form_key="form-key-1")


def test_an_unknown_project_does_not_exist(learner: User) -> None:
    with pytest.raises(NotFound):
        submissions.submit_zip(learner, "nothing", small_zip(), filename="a.zip", form_key="form-key-1")
