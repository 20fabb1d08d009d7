"""On which files jobs ran is read back as it was written, and never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.workspace.runs import FILE_NAME, Run, read_runs, write_runs


def test_runs_are_read_as_they_were_written(tmp_path: Path) -> None:
    runs = {
        "c1": Run(files={"a.py": "aa"}, beside=frozenset({"db1", "cache1"})),
        "c2": Run(files={}, beside=frozenset()),
        "c3": Run(files=None, beside=frozenset()),
    }
    write_runs(tmp_path, runs)
    assert read_runs(tmp_path) == runs
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[2, []]", '[1, {"c": {}}]', '[2, {"c": 1}]', '[2, {"c": [{}]}]']
)
def test_a_damaged_file_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    assert read_runs(tmp_path) == {}
