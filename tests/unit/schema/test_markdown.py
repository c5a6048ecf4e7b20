"""What is found in a Markdown text, and on which line."""

from textwrap import dedent

from schema.dialect import anchors
from schema.markdown import (
    callouts,
    code_blocks,
    colon_lines,
    count_words,
    headings,
    images,
    links,
)

LESSON = dedent("""\
    ## First `thing` & more

    Three plain words, [one link](https://example.org/) and `code`[^n].

    ```python run
    print("no prose here")
    ```

    ```text output
    no prose here
    ```

    ::: tip A *title*
    Inside.

    ```bash run
    true
    ```
    :::

    ![What it shows](flow.svg)

    Text with ![an icon](icon.svg) inside.

    ## First `thing` & more

    ::: note
    never closed

    [^n]: A note.
    """)


def test_code_blocks_know_language_flags_line_and_what_they_follow() -> None:
    blocks = code_blocks(LESSON)
    assert [(block.language, block.flags, block.line, block.follows_code) for block in blocks] == [
        ("python", ("run",), 5, False),
        ("text", ("output",), 9, True),
        ("bash", ("run",), 16, False),
    ]
    assert blocks[0].code == 'print("no prose here")\n'


def test_headings_have_unique_anchors() -> None:
    assert [(heading.level, heading.text, heading.anchor, heading.line) for heading in headings(LESSON)] == [
        (2, "First thing & more", "first-thing-more", 1),
        (2, "First thing & more", "first-thing-more-2", 25),
    ]
    assert anchors(["", "!!", "Größe"]) == ["section", "section-2", "größe"]


def test_words_of_prose_count_and_code_and_images_do_not() -> None:
    assert count_words("one two `three`\nfour\n\n- five\n\n```python\nsix\n```\n\n![seven eight](x.svg)\n") == 5


def test_images_links_and_callouts_have_lines() -> None:
    assert [(image.source, image.alt, image.line, image.alone) for image in images(LESSON)] == [
        ("flow.svg", "What it shows", 21, True),
        ("icon.svg", "an icon", 23, False),
    ]
    assert [(link.target, link.line) for link in links(LESSON)] == [("https://example.org/", 3)]
    found = [(callout.kind, callout.title, callout.line, callout.closed) for callout in callouts(LESSON)]
    assert found == [("tip", "A *title*", 13, True), ("note", "", 27, False)]


def test_colons_that_make_no_callout_are_found() -> None:
    assert colon_lines("::: danger\ntext\n:::\n\n::: tip\nfine\n:::\n") == [1]
