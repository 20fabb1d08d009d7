from __future__ import annotations

from pathlib import Path

from devenv.agent.protocol import Commit, Decoder, Stage
from devenv.agent.reading import Digests
from devenv.agent.tree import FOLDER, LINK, Entry, digest_of
from devenv.sync.batches import STAGE_BYTES, Batch


def entry_of(file: Path) -> Entry:
    entry = Digests().entry("", str(file))
    assert entry is not None
    return entry


def messages(batch: Batch) -> list[object]:
    return list(Decoder().feed(b"".join(batch.frames())))


def test_a_small_save_and_its_commit_are_one_piece(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("v1")
    batch = Batch(
        tmp_path,
        number=7,
        writes={"a.py": entry_of(tmp_path / "a.py")},
        removals=["b.py"],
        expected={"b.py": Entry(LINK, False, "a.py", 0)},
        reactions=[("code", "a.py")],
    )
    (piece,) = batch.frames()
    assert list(Decoder().feed(piece)) == [
        Stage(batch=7, pieces=[["a.py", 0, 2]], payload=b"v1"),
        Commit(
            batch=7,
            entries=[["a.py", "file", False, digest_of(b"v1"), 2]],
            removals=["b.py"],
            expected=[["b.py", "link", False, "a.py", 0]],
            reactions=[["code", "a.py"]],
        ),
    ]


def test_a_large_file_travels_in_pieces_that_fit_together(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "big").write_bytes(content)
    batch = Batch(tmp_path, number=1, writes={"big": entry_of(tmp_path / "big")})
    *stages, commit = messages(batch)
    received = bytearray(len(content))
    for stage in stages:
        assert isinstance(stage, Stage)
        assert len(stage.payload) <= STAGE_BYTES
        start = 0
        for path, offset, length in stage.pieces:
            assert path == "big"
            received[offset : offset + length] = stage.payload[start : start + length]
            start += length
    assert bytes(received) == content
    assert isinstance(commit, Commit)
    assert commit.entries == [["big", "file", False, digest_of(content), len(content)]]


def test_what_is_committed_is_what_was_read_not_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("v1")
    expected = entry_of(tmp_path / "a.py")
    (tmp_path / "a.py").write_text("version 2")
    batch = Batch(tmp_path, number=1, writes={"a.py": expected})
    messages(batch)
    assert batch.entries == {"a.py": entry_of(tmp_path / "a.py")}


def test_a_file_that_is_gone_is_left_out(tmp_path: Path) -> None:
    batch = Batch(tmp_path, number=1, writes={"a.py": Entry("file", False, "x", 1)})
    assert messages(batch) == [Commit(batch=1, entries=[], removals=[], expected=[], reactions=[])]
    assert batch.skipped == {"a.py": ""}


def test_a_file_that_changes_while_it_is_read_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"x" * (STAGE_BYTES + 1))
    batch = Batch(tmp_path, number=1, writes={"a.bin": entry_of(file)})
    frames = batch.frames()
    pieces = [next(frames)]
    with file.open("ab") as growing:
        growing.write(b"more")
    pieces += frames
    assert batch.skipped == {"a.bin": ""}
    commit = list(Decoder().feed(b"".join(pieces)))[-1]
    assert commit == Commit(batch=1, entries=[], removals=[], expected=[], reactions=[])


def test_folders_links_and_what_is_there_already_need_no_content(tmp_path: Path) -> None:
    folder, link, known = Entry(FOLDER, False, "", 0), Entry(LINK, False, "a", 0), Entry("file", True, "d", 3)
    batch = Batch(tmp_path, number=1, writes={"f": folder, "l": link}, adopted={"k": known})
    (commit,) = messages(batch)
    assert isinstance(commit, Commit)
    assert sorted(commit.entries) == sorted([["f", *folder], ["l", *link], ["k", *known]])
