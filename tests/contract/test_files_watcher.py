"""devenv.yaml's layers on a real file system: an edit, a file that appears, one that is named later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from devenv.sync.files import FilesWatcher

TIMEOUT_SECONDS = 20


@pytest.fixture
def touched() -> SimpleQueue[None]:
    return SimpleQueue()


@pytest.fixture
def watcher(tmp_path: Path, touched: SimpleQueue[None]) -> Iterator[FilesWatcher]:
    for folder in ("project", "platform", "later"):
        (tmp_path / folder).mkdir()
    files = [tmp_path / "project" / "devenv.local.yaml", tmp_path / "platform" / "base.yaml"]
    (tmp_path / "platform" / "base.yaml").write_text("app: {}\n")
    with FilesWatcher(files, lambda: touched.put(None)) as watcher:
        yield watcher


@pytest.mark.parametrize("file", ["project/devenv.local.yaml", "platform/base.yaml"])
def test_a_file_that_changes_or_appears_is_told_of(
    watcher: FilesWatcher, touched: SimpleQueue[None], tmp_path: Path, file: str
) -> None:
    (tmp_path / file).write_text("app: {env: {A: b}}\n")

    touched.get(timeout=TIMEOUT_SECONDS)


def test_a_file_that_is_named_later_is_told_of_from_then_on(
    watcher: FilesWatcher, touched: SimpleQueue[None], tmp_path: Path
) -> None:
    watcher.watch([tmp_path / "later" / "layer.yaml"])

    (tmp_path / "later" / "layer.yaml").write_text("app: {}\n")

    touched.get(timeout=TIMEOUT_SECONDS)
