"""What was installed into containers is read back as it was written, and never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.workspace.installed import FILE_NAME, Installed, read_installed, write_installed

RECORD = Installed(build_hash="b1", packages=("six==1.17.0", "shop @ git+https://x"), image_id="sha256:1")


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_installed(tmp_path, {"web": RECORD, "worker": RECORD})
    assert read_installed(tmp_path) == {"web": RECORD, "worker": RECORD}
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_no_records_are_no_file(tmp_path: Path) -> None:
    write_installed(tmp_path, {"web": RECORD})
    write_installed(tmp_path, {})
    assert list(tmp_path.iterdir()) == []
    assert read_installed(tmp_path) == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[1, []]", "[2, {}]", '[1, {"web": {"build_hash": "x"}}]', "\xff"]
)
def test_a_damaged_file_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="latin-1")
    assert read_installed(tmp_path) == {}
