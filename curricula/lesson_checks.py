"""What a lesson must hold true: its floors, its outline, its code blocks, its images and links."""

from curricula.reading import LessonFile
from schema import Problems
from schema.markdown import callouts, code_blocks, colon_lines, count_words, headings, images, links

LEAST_WORDS = 1200
LEAST_RUN_BLOCKS = 2
RUNNABLE = ("python", "bash")


def check_floors(lesson: LessonFile, problems: Problems) -> None:
    """Note where a lesson of an active module is too thin."""
    words = count_words(lesson.text)
    if words < LEAST_WORDS:
        message = f"the lesson has {words} words of prose, but an active module needs at least {LEAST_WORDS}"
        problems.add(lesson.path, 1, message, "Go deeper, or set the module to draft.")
    runs = sum("run" in block.flags for block in code_blocks(lesson.text))
    if runs < LEAST_RUN_BLOCKS:
        message = f"the lesson has {runs} blocks of code that are tested, but needs at least {LEAST_RUN_BLOCKS}"
        problems.add(lesson.path, 1, message, "Open more blocks with ```python run or ```bash run.")


def check_lesson(lesson: LessonFile, problems: Problems) -> None:
    """Note every mistake that makes a lesson render or run otherwise than meant."""
    _check_outline(lesson, problems)
    _check_code(lesson, problems)
    _check_images(lesson, problems)
    _check_links(lesson, problems)
    _check_callouts(lesson, problems)


def _check_outline(lesson: LessonFile, problems: Problems) -> None:
    level = 1
    for heading in headings(lesson.text):
        if heading.level == 1:
            message = f"the heading '{heading.text}' is of level 1, which is the page's title"
            problems.add(lesson.path, heading.line, message, "Start with ##.")
        elif heading.level > level + 1:
            message = f"the heading '{heading.text}' skips a level"
            problems.add(lesson.path, heading.line, message, f"Use {'#' * (level + 1)} here.")
        level = max(heading.level, 2)


def _check_code(lesson: LessonFile, problems: Problems) -> None:
    before_runs = False
    for block in code_blocks(lesson.text):
        runs, output = "run" in block.flags, "output" in block.flags
        if runs and block.language not in RUNNABLE:
            message = f"a block of '{block.language}' cannot be run"
            problems.add(lesson.path, block.line, message, "Only python and bash run; drop the word run.")
        if output and not (before_runs and block.follows_code):
            message = "this output does not directly follow a block that is run"
            problems.add(lesson.path, block.line, message, "Move it under its ```python run block, or drop 'output'.")
        for flag in sorted(set(block.flags) - {"run", "output"}):
            message = f"the word '{flag}' after the language of a code block is unknown"
            problems.add(lesson.path, block.line, message, "Use run, output or nothing.")
        before_runs = runs


def _check_images(lesson: LessonFile, problems: Problems) -> None:
    shown: set[str] = set()
    for image in images(lesson.text):
        for message, mend in _image_mistakes(lesson, image.source, shown):
            problems.add(lesson.path, image.line, message, mend)
        if not image.alt.strip():
            message = f"the image {image.source} has no alternative text"
            problems.add(lesson.path, image.line, message, "Say in the brackets what a reader should see in it.")
        if not image.alone:
            message = f"the image {image.source} is not alone in its paragraph"
            problems.add(lesson.path, image.line, message, "Put blank lines around it.")
        shown.add(image.source)


def _image_mistakes(lesson: LessonFile, source: str, shown: set[str]) -> list[tuple[str, str]]:
    if "/" in source or not source.endswith(".svg"):
        return [(f"the image '{source}' is no diagram of this module", "Use an SVG file beside the lesson.")]
    if not (lesson.path.parent / source).is_file():
        return [(f"the diagram '{source}' does not exist", "Draw it beside the lesson, or correct the name.")]
    if source in shown:
        return [(f"the diagram '{source}' is shown twice", "Show it once and refer to it in words.")]
    return []


def _check_links(lesson: LessonFile, problems: Problems) -> None:
    anchors = {heading.anchor for heading in headings(lesson.text)}
    for link in links(lesson.text):
        if link.target.startswith(("https://", "http://", "mailto:")):
            continue
        if not link.target.startswith("#"):
            mend = "Link to https://... or #a-heading; name other modules by their title."
            problems.add(lesson.path, link.line, f"the link '{link.target}' leads nowhere", mend)
        elif link.target[1:] not in anchors:
            mend = f"The anchors are: {', '.join(sorted(anchors))}."
            problems.add(lesson.path, link.line, f"no heading has the anchor '{link.target}'", mend)


def _check_callouts(lesson: LessonFile, problems: Problems) -> None:
    for callout in callouts(lesson.text):
        if not callout.closed:
            message = f"the callout '{callout.title or callout.kind}' has no end"
            problems.add(lesson.path, callout.line, message, "Close it with a line of its own: :::")
    for line in colon_lines(lesson.text):
        message = "this ::: begins or ends no callout"
        problems.add(lesson.path, line, message, "Write ::: tip, ::: note or ::: warning, then a title; end with :::")
