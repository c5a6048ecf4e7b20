"""A right content folder for each test."""

from pathlib import Path

import pytest

from tests.unit.curricula.content_folder import ContentFolder


@pytest.fixture
def content(tmp_path: Path) -> ContentFolder:
    """Two modules, the second of which needs the first, in one pathway."""
    folder = ContentFolder(tmp_path / "content")
    folder.module("first")
    folder.module("second", prerequisites=["first"])
    folder.pathway("way", "first", "second")
    return folder
