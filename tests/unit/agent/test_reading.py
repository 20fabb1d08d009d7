"""What stat says is unchanged is not read again; whatever could have changed is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devenv.agent.reading import RACY_NS, Digests
from devenv.agent.tree import digest_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that was last changed long ago, as far as its times say."""
    file = tmp_path / "a.py"
    file.write_text("v1")
    while file.stat().st_ctime_ns + 2 * RACY_NS > _now(tmp_path):
        pass
    return file


def _now(folder: Path) -> int:
    probe = folder / "probe"
    probe.write_text("")
    return probe.stat().st_ctime_ns


def test_a_file_is_read_once(file: Path) -> None:
    digests = Digests()
    assert digests.recall("a.py", file.stat()) is None
    assert digests.read("a.py", str(file), file.stat()) == (digest_of(b"v1"), 2)
    assert digests.recall("a.py", file.stat()) == digest_of(b"v1")


def test_a_file_that_changed_a_moment_ago_is_read_again(file: Path) -> None:
    digests = Digests()
    file.write_text("v2")
    digests.read("a.py", str(file), file.stat())
    assert digests.recall("a.py", file.stat()) is None


def test_times_that_were_set_back_do_not_hide_a_change(file: Path) -> None:
    digests = Digests()
    before = file.stat()
    digests.read("a.py", str(file), file.stat())
    file.write_text("v2")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert digests.recall("a.py", file.stat()) is None


def test_a_file_of_the_future_is_read_every_time(file: Path) -> None:
    digests = Digests()
    os.utime(file, (2**32, 2**32))
    digests.read("a.py", str(file), file.stat())
    assert digests.recall("a.py", file.stat()) is None


def test_what_was_put_in_place_of_another_file_is_seen(file: Path) -> None:
    digests = Digests()
    digests.read("a.py", str(file), file.stat())
    other = file.with_name("other")
    other.write_text("v2")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.replace(file)
    assert digests.recall("a.py", file.stat()) is None


def test_only_what_is_there_is_remembered(file: Path) -> None:
    digests = Digests()
    digests.read("a.py", str(file), file.stat())
    digests.keep_only(["b.py"])
    assert digests.recall("a.py", file.stat()) is None


def test_what_was_read_is_known_to_the_next_life(file: Path) -> None:
    saved, digests, again = str(file.with_name("digests.json")), Digests(), Digests()
    digests.read("caf\udce9.py", str(file), file.stat())
    digests.save(saved)
    again.load(saved)
    assert again.recall("caf\udce9.py", file.stat()) == digest_of(b"v1")


@pytest.mark.parametrize("content", ["", "[", "7", "[1]", '[["a.py"]]', '{"a": 1}', '[["a.py", "x", 1, 2]]'])
def test_a_broken_record_is_nothing_known(file: Path, content: str) -> None:
    file.with_name("digests.json").write_text(content)
    digests = Digests()
    digests.load(str(file.with_name("digests.json")))
    assert digests.recall("a.py", file.stat()) is None
