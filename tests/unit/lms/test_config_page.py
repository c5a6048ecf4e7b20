"""The page of the settings says what the settings are."""

from lms import config_page


def test_page_is_up_to_date() -> None:
    assert config_page.PAGE.read_text() == config_page.page(), "run: python -m lms.config_page"


def test_every_setting_says_what_it_is_for() -> None:
    rows = [line for line in config_page.page().splitlines() if line.startswith("| `ACADEMY_")]
    assert [row for row in rows if row.rstrip().endswith("|  |")] == []
