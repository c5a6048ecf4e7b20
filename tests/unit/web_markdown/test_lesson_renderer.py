"""Lessons become accessible HTML that a strict Content-Security-Policy lets through."""

import re
from html.parser import HTMLParser

import pytest

from curricula.loader import PACKAGED
from curricula.reading import read_files
from lms.web.markdown import LessonRenderer, TocEntry
from schema import Problems
from schema.markdown import headings

SVG = (
    '<?xml version="1.0"?>\n<!-- drawn by hand -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"'
    ' role="img" aria-labelledby="flow-title">\n<title id="flow-title">T</title><!-- in --></svg>\n'
)


class Tags(HTMLParser):
    """Collects elements and their attributes, and complains about what is not closed."""

    VOID = ("input", "br", "hr", "img")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def html(text: str, **diagrams: str) -> str:
    return str(LessonRenderer().render(text, {f"{name}.svg": svg for name, svg in diagrams.items()}).html)


def test_headings_get_anchors_and_a_table_of_contents() -> None:
    lesson = LessonRenderer().render("## A `b` & c\n\n### Deeper\n\n## A `b` & c\n")
    assert lesson.toc == (
        TocEntry(2, "a-b-c", "A b & c"),
        TocEntry(3, "deeper", "Deeper"),
        TocEntry(2, "a-b-c-2", "A b & c"),
    )
    tags = Tags(lesson.html)
    assert [found["id"] for found in tags.attributes("h2")] == ["a-b-c", "a-b-c-2"]
    assert tags.attributes("a")[0] == {"class": "heading-anchor", "href": "#a-b-c", "aria-label": "Link to: A b & c"}


def test_code_has_a_language_a_copy_button_and_classes_only() -> None:
    page = html('```python run\nprint("<b>")\n```\n\n```text output\n<b>\n```\n')
    assert page.count('<button type="button" class="code-copy" data-copy>') == 2
    assert re.findall(r'code-language">(\w+)<', page) == ["Python", "Output"]
    assert page.count('<span class="code-tested">tested</span>') == 1
    assert "<b>" not in page
    assert '<span class="nb">print</span>' in page
    assert all(found.get("tabindex") == "0" for found in Tags(page).attributes("pre"))


def test_unknown_languages_and_indented_code_are_plain_and_escaped() -> None:
    page = html('```no"such<lang\na < b\n```\n\n    c < d\n')
    assert "a &lt; b" in page
    assert "c &lt; d" in page
    assert 'no"such' not in page
    Tags(page)


def test_leading_blank_lines_of_code_stay() -> None:
    assert '<code class="language-python">\n\n<span' in html("```python\n\n\nx\n```\n")


@pytest.mark.parametrize("kind", ["tip", "note", "warning"])
def test_callouts_are_notes_with_a_title(kind: str) -> None:
    page = html(f"::: {kind} Mind *this*\nInside.\n:::\n")
    assert f'<div class="callout callout-{kind}" role="note"><p class="callout-title">Mind <em>this</em></p>' in page
    assert f'"callout-title">{kind.capitalize()}<' in html(f"::: {kind}\nInside.\n:::\n")


def test_tables_align_by_class_and_can_be_scrolled_by_keyboard() -> None:
    page = html("|a|b|c|\n|:-|-:|:-:|\n|1|2|3|\n")
    tags = Tags(page)
    classes = [found["class"] for found in tags.attributes("td")]
    assert classes == ["text-start", "text-end", "text-center"]
    assert {"class": "table-responsive", "tabindex": "0"} in tags.attributes("div")
    assert {found["scope"] for found in tags.attributes("th")} == {"col"}


def test_tasks_have_labels_and_footnotes_lead_back() -> None:
    page = html("- [ ] do **it**\n- [x] done\n\nText[^a].\n\n[^a]: A note.\n")
    assert page.count("<label><input") == 2
    assert 'href="#fn1" id="fnref1"' in page
    assert 'href="#fnref1" class="footnote-backref" aria-label="Back to the text, note 1"' in page


def test_diagrams_are_inlined_as_figures_named_by_their_alternative_text() -> None:
    page = html('Before.\n\n![What "it" shows](flow.svg)\n\nAfter.\n', flow=SVG)
    tags = Tags(page)
    (svg,) = tags.attributes("svg")
    assert svg["aria-label"] == 'What "it" shows'
    assert "aria-labelledby" not in svg
    assert "<p><figure" not in page
    assert "<?xml" not in page
    assert "<!--" not in page
    assert page.index("Before") < page.index('<figure class="diagram" tabindex="0"><svg') < page.index("After")


def test_a_missing_diagram_leaves_its_words_and_no_image() -> None:
    page = html("![What it shows](gone.svg)\n")
    assert "What it shows" in page
    assert "<img" not in page


def test_raw_html_is_shown_as_text_and_script_links_are_none() -> None:
    page = html('<script>x</script> <b style="x">b</b> [x](javascript:alert(1)) [y](https://example.org)\n')
    tags = Tags(page)
    assert [tag for tag, _ in tags.found] == ["p", "a"]
    assert tags.attributes("a") == [{"href": "https://example.org", "rel": "noopener noreferrer"}]


def test_fragments_have_no_ids_that_could_collide_and_inline_text_no_block() -> None:
    renderer = LessonRenderer()
    assert "id=" not in renderer.fragment("## Step\n\n| a |\n|:-|\n| 1 |\n")
    assert "style=" not in renderer.fragment("| a |\n|:-|\n| 1 |\n")
    assert renderer.inline("Use `a < b` & *this*") == "Use <code>a &lt; b</code> &amp; <em>this</em>"


def test_every_lesson_we_ship_passes_the_policy() -> None:
    files = read_files(PACKAGED, Problems())
    for lesson in (lesson for module in files.modules.values() for lesson in module.lessons.values()):
        page = LessonRenderer().render(lesson.text, lesson.diagrams)
        tags = Tags(page.html)
        names = {tag for tag, _ in tags.found}
        assert names.isdisjoint({"script", "style", "img", "iframe", "object", "link"})
        attributes = {name for _, found in tags.found for name in found}
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        ids = [found["id"] for _, found in tags.found if "id" in found]
        assert len(ids) == len(set(ids))
        assert len(tags.attributes("figure")) == len(lesson.diagrams)
        assert [entry.id for entry in page.toc] == [heading.anchor for heading in headings(lesson.text)]
