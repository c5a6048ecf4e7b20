"""What a learner chose stays known when its question is edited."""

from curricula.schema import Option, Question


def question(*texts: str) -> Question:
    options = tuple(Option(text=text, correct=text == "yes", why="because") for text in texts)
    return Question(id="q", prompt="Is it so?", kind="single", options=options)


def test_a_choice_is_found_again_after_the_options_were_moved() -> None:
    before, after = question("yes", "no", "perhaps"), question("perhaps", "yes", "no")
    kept = before.keys({0, 2})
    assert before.positions(kept) == {0, 2}
    assert after.positions(kept) == {1, 0}


def test_a_choice_that_was_reworded_is_no_choice_any_more() -> None:
    kept = question("yes", "no").keys({1})
    assert question("yes", "certainly not").positions(kept) == frozenset()
