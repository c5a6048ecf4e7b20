"""What is said of the file that names the images of labs: each thing that is wrong with it by its own name."""

from pathlib import Path

import pytest

from labs.errors import ProviderUnopened
from lms.lab_provider import images_of
from tests.conftest import make_settings


def test_a_file_that_may_not_be_read_is_not_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: Path) -> str:  # tests may be root, who reads everything
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", locked)
    with pytest.raises(ProviderUnopened, match="chmod 644") as said:
        images_of(make_settings(tmp_path, lab_images=tmp_path / "names.json"))
    assert "missing" not in str(said.value) and "Build" not in str(said.value)


def test_a_file_that_is_not_there_is_to_be_built(tmp_path: Path) -> None:
    with pytest.raises(ProviderUnopened, match=r"is missing .*python -m labs images"):
        images_of(make_settings(tmp_path, lab_images=tmp_path / "names.json"))
