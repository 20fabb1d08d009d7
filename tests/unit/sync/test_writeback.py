from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from devenv.sync.writeback import Unsafe, keep_conflict, write_pulled


def test_a_pulled_file_replaces_its_older_version_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("v1")
    assert write_pulled(tmp_path, "a.py", b"v2", executable=True, is_expected=lambda _: True)
    assert (tmp_path / "a.py").read_bytes() == b"v2"
    assert (tmp_path / "a.py").stat().st_mode & 0o100
    assert [file.name for file in tmp_path.iterdir()] == ["a.py"]


def test_what_a_person_saved_in_the_last_moment_stays(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a person's")
    assert not write_pulled(tmp_path, "a.py", b"v2", executable=False)
    assert not write_pulled(tmp_path, "a.py", b"v2", executable=False, is_expected=lambda _: False)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.py", "a person's")]


def test_a_pulled_file_brings_its_folders(tmp_path: Path) -> None:
    write_pulled(tmp_path, "shop/migrations/0001.py", b"m", executable=False)
    assert (tmp_path / "shop/migrations/0001.py").read_bytes() == b"m"


@pytest.mark.parametrize("path", ["../a", "/nonexistent/a", "a/../../b", "", "a//b", "./a", "a/\0"])
def test_a_path_that_leads_out_of_the_tree_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(Unsafe):
        write_pulled(tmp_path, path, b"", executable=False)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/out").symlink_to(tmp_path)
    with pytest.raises(Unsafe):
        write_pulled(tmp_path / "root", "out/a", b"", executable=False)


def test_conflicts_of_one_path_are_all_kept_and_the_same_one_only_once(tmp_path: Path) -> None:
    kept = [keep_conflict(tmp_path, "a/b.py", content) for content in (b"1", b"2", b"1", b"3")]
    assert kept == [
        ".devenv/conflicts/a/b.py", ".devenv/conflicts/a/b.py.2", ".devenv/conflicts/a/b.py",
        ".devenv/conflicts/a/b.py.3",
    ]  # fmt: skip
    assert (tmp_path / kept[1]).read_bytes() == b"2"


def test_conflicts_of_a_file_that_became_a_folder_and_of_what_is_behind_a_link_are_kept(
    tmp_path: Path,
) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    kept = [keep_conflict(tmp_path, path, b"x") for path in ("a", "a/b", "a/b", "link/c")]
    assert kept == [
        ".devenv/conflicts/a", ".devenv/conflicts/again.1/a/b", ".devenv/conflicts/again.1/a/b",
        ".devenv/conflicts/link/c",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root gives files away")
def test_what_root_writes_in_a_persons_folder_is_the_persons(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 1235)
    write_pulled(tmp_path, "shop/migrations/0001.py", b"m", executable=False)
    made = [tmp_path / path for path in ("shop", "shop/migrations", "shop/migrations/0001.py")]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(1234, 1235)}
