"""Batches become the source folder's content, whole, and never reach outside it."""

from __future__ import annotations

import os
import py_compile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.agent.cli import main
from devenv.agent.reading import Digests, read_manifest
from devenv.agent.source import STAGING, Outcome, Source
from devenv.agent.tree import Entry, digest_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    root.mkdir()
    return root


@pytest.fixture
def source(root: Path) -> Source:
    source = Source(str(root))
    source.open()
    return source


def put(
    source: Source,
    files: dict[str, bytes],
    *,
    removals: list[str] | None = None,
    more: list[list[object]] | None = None,
) -> list[list[str]]:
    payload = b"".join(files.values())
    pieces, offset = [], 0
    for path, content in files.items():
        pieces.append([path, 0, len(content)])
        offset += len(content)
    if files:
        source.stage("b", pieces, payload)
    entries: list[list[object]] = [
        [path, "file", False, digest_of(content), len(content)] for path, content in files.items()
    ]
    return commit(source, [*entries, *(more or [])], removals or [], batch="b")


def commit(
    source: Source, entries: list[list[object]], removals: list[str], *, batch: str = "c"
) -> list[list[str]]:
    """A batch of a host that knows what is there; its problems."""
    paths = [*(str(row[0]) for row in entries), *removals]
    expected = [[path, *there] for path in paths if (there := look(source, path))]
    outcome = source.commit(batch, entries, removals, expected)
    return [*outcome.problems, *([path, "overtaken"] for path in outcome.overtaken)]


def look(source: Source, path: str) -> Entry | None:
    try:
        return Digests().entry("", f"{source.root}/{path}")
    except ValueError:
        return None


def tree(root: Path) -> dict[str, Entry]:
    return read_manifest(str(root), lambda path, _: path != STAGING)


def test_a_batch_makes_files_and_the_folders_above_them(source: Source, root: Path) -> None:
    assert put(source, {"a/b/c.py": b"x = 1\n", "top.txt": b""}) == []
    assert (root / "a/b/c.py").read_bytes() == b"x = 1\n"
    assert (root / "top.txt").read_bytes() == b""


def test_content_may_come_in_pieces_of_any_order(source: Source, root: Path) -> None:
    source.stage("b", [["big", 3, 3]], b"def")
    source.stage("b", [["big", 0, 3], ["other", 0, 1]], b"abcx")
    entries = [["big", "file", True, digest_of(b"abcdef"), 6], ["other", "file", False, digest_of(b"x"), 1]]
    assert commit(source, entries, [], batch="b") == []
    assert (root / "big").read_bytes() == b"abcdef"
    assert os.access(root / "big", os.X_OK)
    assert not os.access(root / "other", os.X_OK)


def test_content_that_did_not_arrive_whole_leaves_the_file_as_it_was(source: Source, root: Path) -> None:
    (root / "a.py").write_text("old")
    source.stage("b", [["a.py", 0, 2]], b"ne")
    problems = commit(source, [["a.py", "file", False, digest_of(b"new"), 3]], [], batch="b")
    assert problems == [["a.py", "its content did not arrive whole"]]
    assert (root / "a.py").read_text() == "old"
    assert source.given.entries == {}


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../../x", "/etc/x", "a//b", "./a", "a/.", "", "a\0b", STAGING + "/given.json", "..", "a/.."],
)
def test_a_path_that_leads_out_is_refused(source: Source, root: Path, path: str) -> None:
    before = sorted(str(item) for item in root.parent.rglob("*") if STAGING not in str(item))
    source.stage("b", [[path, 0, 1]], b"x")
    written = commit(source, [[path, "file", False, digest_of(b"x"), 1]], [], batch="b")
    removed = commit(source, [], [path])
    assert [problem[0] for problem in (*written, *removed)] == [path, path]
    assert sorted(str(item) for item in root.parent.rglob("*") if STAGING not in str(item)) == before


def test_nothing_is_written_or_removed_through_a_link_that_leads_out(source: Source, root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "keep").write_text("keep")
    (root / "way").symlink_to(outside)
    assert put(source, {"way/new": b"x"}, removals=["way/keep"]) == [
        ["way/keep", "its folder leads out of the source folder"],
        ["way/new", "its folder leads out of the source folder"],
    ]
    assert [item.name for item in outside.iterdir()] == ["keep"]


def test_a_link_that_comes_with_the_batch_is_not_written_through(source: Source, root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    problems = put(source, {"way/new": b"x"}, more=[["way", "link", False, str(outside), 0]])
    assert problems == [["way", "overtaken"]]
    assert (root / "way/new").read_bytes() == b"x"
    assert list(outside.iterdir()) == []


def test_a_link_inside_the_tree_may_be_followed(source: Source, root: Path) -> None:
    (root / "real").mkdir()
    (root / "way").symlink_to("real")
    assert put(source, {"way/new": b"x"}) == []
    assert (root / "real/new").read_bytes() == b"x"


def test_files_folders_and_links_take_each_others_place(source: Source, root: Path) -> None:
    put(source, {"a": b"1", "b/x": b"2"}, more=[["c", "link", False, "a", 0]])
    problems = put(
        source,
        {"a/inner": b"3", "c": b"5"},
        removals=["b/x"],
        more=[["a", "folder", False, "", 0], ["b", "link", False, "a/inner", 0]],
    )
    assert problems == []
    assert tree(root) == {
        "a": Entry("folder", False, "", 0),
        "a/inner": Entry("file", False, digest_of(b"3"), 1),
        "b": Entry("link", False, "a/inner", 0),
        "c": Entry("file", False, digest_of(b"5"), 1),
    }


@pytest.mark.parametrize("believed", [[], [["a.py", "file", False, digest_of(b"v1"), 2]]])
def test_what_a_process_wrote_in_the_same_moment_is_left_alone_and_told(
    source: Source, root: Path, believed: list[list[object]]
) -> None:
    (root / "a.py").write_text("a process's")
    wanted = [[path, "file", False, digest_of(b"v2"), 2] for path in ("a.py", "b.py")]
    source.stage("b", [["a.py", 0, 2], ["b.py", 0, 2]], b"v2v2")
    assert source.commit("b", wanted, [], believed) == Outcome([], ["a.py"])
    assert source.commit("c", [], ["a.py"], believed) == Outcome([], ["a.py"])
    assert (root / "a.py").read_text() == "a process's"
    assert (root / "b.py").read_text() == "v2"
    assert set(source.given.entries) == {"b.py"}


def test_what_a_process_removed_or_made_alike_is_nothing_to_lose(source: Source, root: Path) -> None:
    (root / "alike").write_text("v2")
    believed = [[path, "file", False, digest_of(b"v1"), 2] for path in ("alike", "gone")]
    wanted = [[path, "file", False, digest_of(b"v2"), 2] for path in ("alike", "gone")]
    source.stage("b", [["alike", 0, 2], ["gone", 0, 2]], b"v2v2")
    assert source.commit("b", wanted, [], believed) == Outcome([], [])
    assert [(root / path).read_text() for path in ("alike", "gone")] == ["v2", "v2"]


def test_a_write_that_keeps_size_and_mtime_is_seen(source: Source, root: Path) -> None:
    put(source, {"a.py": b"v1"})
    mtime_ns = (root / "a.py").stat().st_mtime_ns
    (root / "a.py").write_text("xx")
    os.utime(root / "a.py", ns=(mtime_ns, mtime_ns))
    assert source.read_tree([])["a.py"].digest == digest_of(b"xx")


def test_a_write_in_the_moment_after_a_batch_is_seen(source: Source, root: Path) -> None:
    for number in range(200):
        put(source, {"a.py": b"%03d" % number})
        with (root / "a.py").open("r+") as file:
            file.write("xyz")
        assert source.read_tree([])["a.py"].digest == digest_of(b"xyz")


def test_an_empty_folder_comes_and_goes(source: Source, root: Path) -> None:
    put(source, {}, more=[["empty", "folder", False, "", 0]])
    assert (root / "empty").is_dir()
    assert commit(source, [], ["empty", "never/there"]) == []
    assert not (root / "empty").exists()


def test_a_folder_with_files_of_the_container_stays_to_be_looked_at(source: Source, root: Path) -> None:
    put(source, {"media/x": b"1"})
    (root / "media/upload").write_text("mine")
    problems = commit(source, [], ["media/x", "media"])
    assert problems == [["media", "overtaken"]]
    assert (root / "media/upload").read_text() == "mine"


def test_what_python_compiled_goes_with_its_source(source: Source, root: Path) -> None:
    put(source, {"pkg/a.py": b"x = 1\n", "pkg/ab.py": b"x = 1\n"})
    compiled = [Path(str(py_compile.compile(str(root / "pkg" / name)))) for name in ("a.py", "ab.py")]
    assert commit(source, [], ["pkg/a.py"]) == []
    assert [path.exists() for path in compiled] == [False, True]
    assert commit(source, [], ["pkg/ab.py", "pkg"]) == []
    assert not (root / "pkg").exists()


def test_a_replaced_source_is_a_second_younger_so_that_compiled_code_never_matches(
    source: Source, root: Path
) -> None:
    seconds = []
    for number in range(4):
        put(source, {"a.py": b"x = %d\n" % number})
        seconds.append(int((root / "a.py").stat().st_mtime))
    assert seconds == sorted(set(seconds))


def test_one_path_that_cannot_be_written_keeps_the_others(source: Source, root: Path) -> None:
    (root / "a").mkdir()
    (root / "a" / "mine").write_text("")
    assert put(source, {"a": b"1", "b": b"2"}) == [["a", "Directory not empty"]]
    assert (root / "b").read_bytes() == b"2"
    assert source.given.entries == {"b": Entry("file", False, digest_of(b"2"), 1)}


def test_a_link_that_could_not_be_placed_is_placed_the_next_time(source: Source, root: Path) -> None:
    (root / "a").mkdir()
    (root / "a/mine").write_text("")
    link: list[list[object]] = [["a", "link", False, "b", 0]]
    assert commit(source, link, []) == [["a", "Directory not empty"]]
    left = root / STAGING / f"link-{os.getpid()}"
    left.symlink_to("of an attempt that failed between its two steps")
    (root / "a/mine").unlink()
    assert commit(source, link, []) == []
    assert (root / "a").readlink() == Path("b")


def test_names_that_are_not_utf_8_are_written_as_they_are(source: Source, root: Path) -> None:
    assert put(source, {"caf\udce9.py": b"x"}) == []
    assert b"caf\xe9.py" in os.listdir(os.fsencode(root))  # noqa: PTH208 (in bytes)


def test_nothing_is_left_in_the_staging_folder(source: Source, root: Path) -> None:
    put(source, {"a": b"1"}, removals=["x"], more=[["l", "link", False, "a", 0]])
    source.stage("host-2", [["never", 0, 1]], b"x")
    source.discard("host")
    source.save()
    left = sorted(item.name for item in (root / STAGING).iterdir())
    assert left == [".gitignore", "digests.json", "given.json", "given.log"]


def test_what_was_given_is_known_to_the_next_life_and_to_other_agents(source: Source, root: Path) -> None:
    other = Source(str(root))
    other.open()
    put(source, {"a": b"1"})
    source.given.generation = 7
    source.given.save()
    assert other.given.load()
    assert (other.given.generation, set(other.given.entries)) == (7, {"a"})


def test_what_one_agent_was_given_is_known_to_another_at_once_and_whoever_saves_last(root: Path) -> None:
    one, two = Source(str(root)), Source(str(root))
    one.open()
    two.open()
    put(one, {"a": b"1", "b": b"1"})
    assert two.given.load()
    assert (two.given.generation, set(two.given.entries)) == (1, {"a", "b"})
    commit(two, [], ["b"])
    put(one, {"c": b"1"})
    two.save()
    one.save()
    third = Source(str(root))
    third.open()
    assert (third.given.generation, set(third.given.entries)) == (3, {"a", "c"})


def test_a_batch_of_which_only_a_part_was_noted_is_as_good_as_not_given(source: Source, root: Path) -> None:
    put(source, {"a": b"1"})
    with (root / STAGING / "given.log").open("ab") as log:
        log.write(b'{"generation":2,"entr')
    put(source, {"b": b"1"})
    again = Source(str(root))
    again.open()
    assert (again.given.generation, set(again.given.entries)) == (2, {"a", "b"})


def test_at_the_first_start_the_images_copy_counts_as_given(root: Path) -> None:
    (root / "pkg/__pycache__").mkdir(parents=True)
    (root / "pkg/a.py").write_text("x")
    source = Source(str(root))
    source.open()
    assert set(source.given.entries) == {"pkg", "pkg/a.py"}
    (root / "pkg/b.py").write_text("made in the container")
    again = Source(str(root))
    again.open()
    assert set(again.given.entries) == {"pkg", "pkg/a.py"}


def test_what_a_job_made_before_the_first_start_was_not_given(root: Path) -> None:
    (root / "manage.py").write_text("")
    assert main(["record", "--root", str(root)]) == 0
    (root / "db.sqlite3").write_text("made by a job")
    source = Source(str(root))
    source.open()
    assert set(source.given.entries) == {"manage.py"}


def test_a_broken_record_of_what_was_given_is_made_anew(root: Path) -> None:
    (root / STAGING).mkdir()
    (root / STAGING / "given.json").write_text('{"generation": 1, "entr')
    source = Source(str(root))
    source.open()
    assert source.given.entries == {}


NAMES = st.sampled_from(["a", "b", "c.py", "a/b", "a/c.py", "a/b/c.py", "b/a"])


@settings(deadline=None)  # it writes, and the disk is others', too
@given(st.lists(st.dictionaries(NAMES, st.binary(max_size=3), max_size=4), max_size=5))
def test_after_any_batches_the_tree_is_what_was_sent_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, batches: list[dict[str, bytes]]
) -> None:
    root = tmp_path_factory.mktemp("app")
    source = Source(str(root))
    source.open()
    for files in batches:
        problems = {path for path, _ in put(source, files)}
        for path, content in files.items():
            if path not in problems:
                assert (root / path).read_bytes() == content
        left = {item.name for item in (root / STAGING).iterdir()} - {".gitignore", "given.json", "given.log"}
        assert not left


def test_who_waits_for_a_large_batch_hears_of_each_path_that_it_is_worked_on(source: Source) -> None:
    put(source, {"gone.py": b"x"})
    heard: list[None] = []
    entries = [[name, "folder", False, "", 0] for name in ("a", "b", "c")]
    outcome = source.commit("d", entries, ["gone.py"], [], lambda: heard.append(None))
    assert (outcome.problems, len(heard) >= len(entries) + 1) == ([], True)


class Hurried(Digests):
    """A process writes right after each look."""

    def __init__(self, write: Callable[[], object]) -> None:
        super().__init__()
        self.write = write

    def entry_of(self, path: str, absolute: str, status: os.stat_result) -> Entry | None:
        found = super().entry_of(path, absolute, status)
        self.write()
        return found


@pytest.mark.parametrize("is_atomic", [True, False])
@pytest.mark.parametrize("is_removed", [True, False])
def test_what_a_process_writes_right_after_the_look_stays(
    source: Source, root: Path, tmp_path: Path, *, is_removed: bool, is_atomic: bool
) -> None:
    assert put(source, {"a.py": b"given"}) == []
    given = [["a.py", *Entry("file", False, digest_of(b"given"), 5)]]

    def write() -> None:
        if is_atomic:
            (tmp_path / "new").write_bytes(b"a process")
            (tmp_path / "new").replace(root / "a.py")
        else:
            (root / "a.py").write_bytes(b"a process")

    source._digests = Hurried(write)
    if is_removed:
        outcome = source.commit("c", [], ["a.py"], given)
    else:
        source.stage("c", [["a.py", 0, 4]], b"next")
        entry = ["a.py", "file", False, digest_of(b"next"), 4]
        outcome = source.commit("c", [entry], [], given)
    assert (root / "a.py").read_bytes() == b"a process"
    assert outcome == Outcome([], ["a.py"])


@pytest.mark.parametrize("is_removed", [True, False])
def test_what_a_process_has_open_to_write_is_not_taken_from_it(
    source: Source, root: Path, *, is_removed: bool
) -> None:
    opened = [["a.py", *Entry("file", False, digest_of(b""), 0)]]
    with (root / "a.py").open("wb") as file:
        if is_removed:
            outcome = source.commit("c", [], ["a.py"], opened)
        else:
            source.stage("c", [["a.py", 0, 4]], b"next")
            outcome = source.commit("c", [["a.py", "file", False, digest_of(b"next"), 4]], [], opened)
        file.write(b"a process")
    assert outcome == Outcome([], ["a.py"])
    assert (root / "a.py").read_bytes() == b"a process"


def test_what_is_only_read_is_replaced(source: Source, root: Path) -> None:
    (root / "a.py").write_bytes(b"")
    with (root / "a.py").open("rb"):
        assert put(source, {"a.py": b"next"}) == []
    assert (root / "a.py").read_bytes() == b"next"
