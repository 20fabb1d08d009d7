"""Whether a file was written lately, by its own time."""

from __future__ import annotations

import os
import time
from pathlib import Path

from devenv.workspace.files import written_since

SECOND = 1_000_000_000


def test_a_file_is_young_from_the_moment_on_until_now(tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    file.write_text("a: 1", encoding="utf-8")
    now = time.time_ns()
    os.utime(file, ns=(now, now - SECOND))
    assert written_since([file], now - 2 * SECOND)
    assert not written_since([file], now - SECOND // 2)


def test_a_time_to_come_is_of_another_clock(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1", encoding="utf-8")
    now = time.time_ns()
    os.utime(file, ns=(now, now + 3600 * SECOND))
    assert not written_since([file], now - SECOND)


def test_what_is_not_there_was_not_written_though_its_folder_was(tmp_path: Path) -> None:
    assert not written_since([tmp_path / "devenv.lock", tmp_path / "none" / "of" / "these"], 1)
    (tmp_path / "base.yaml").write_text("a: 1", encoding="utf-8")
    assert written_since([tmp_path / "devenv.lock", tmp_path / "base.yaml"], 1)
