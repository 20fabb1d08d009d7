"""What somebody writes between the look at a file and its replacement or removal is never lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devenv.agent import exchange

ONLY_LINUX = pytest.mark.skipif(exchange._renameat2 is None, reason="this system cannot exchange names")


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    place = tmp_path / "staged"
    place.write_text("ours")
    return place


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "a.py"


def reads(expected: str, also: Callable[[], object] = lambda: None) -> Callable[[str], bool]:
    """Whether that is the content; `also` happens in the same moment."""

    def is_expected(place: str) -> bool:
        also()
        return Path(place).read_text() == expected

    return is_expected


def test_what_is_expected_is_replaced(ours: Path, target: Path) -> None:
    target.write_text("seen")
    assert exchange.replace(str(ours), str(target), reads("seen"))
    assert [target.read_text(), ours.exists()] == ["ours", False]


def test_a_link_is_replaced_as_a_file_is(ours: Path, target: Path) -> None:
    target.symlink_to("nowhere")
    assert exchange.replace(str(ours), str(target), lambda place: str(Path(place).readlink()) == "nowhere")
    assert [target.is_symlink(), target.read_text()] == [False, "ours"]


def test_what_was_written_since_stays(ours: Path, target: Path) -> None:
    target.write_text("a process was quicker")
    assert not exchange.replace(str(ours), str(target), reads("seen"))
    assert [target.read_text(), ours.exists()] == ["a process was quicker", False]


@ONLY_LINUX
def test_what_is_written_over_ours_meanwhile_stays(ours: Path, target: Path) -> None:
    target.write_text("a process was quicker")
    in_place = reads("seen", lambda: target.write_text("and wrote again"))
    assert not exchange.replace(str(ours), str(target), in_place)
    assert target.read_text() == "and wrote again"


@ONLY_LINUX
def test_what_takes_the_place_of_ours_meanwhile_stays(ours: Path, target: Path, tmp_path: Path) -> None:
    target.write_text("a process was quicker")
    new = tmp_path / "new"
    new.write_text("and wrote again")
    assert not exchange.replace(str(ours), str(target), reads("seen", lambda: new.replace(target)))
    assert target.read_text() == "and wrote again"


def test_what_appears_where_nothing_was_stays(ours: Path, target: Path) -> None:
    target.write_text("a process was quicker")
    assert not exchange.replace(str(ours), str(target), None)
    assert [target.read_text(), ours.exists()] == ["a process was quicker", False]


@pytest.mark.parametrize("is_expected", [None, reads("seen")])
def test_what_is_gone_is_put_there(ours: Path, target: Path, is_expected: Callable[[str], bool]) -> None:
    assert exchange.replace(str(ours), str(target), is_expected)
    assert [target.read_text(), ours.exists()] == ["ours", False]


def test_a_folder_that_is_not_there_is_told(ours: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        exchange.replace(str(ours), str(tmp_path / "shop" / "a.py"), None)
    assert ours.read_text() == "ours"


def test_what_is_expected_is_removed(target: Path, tmp_path: Path) -> None:
    target.write_text("seen")
    assert exchange.remove(str(target), str(tmp_path / "aside"), reads("seen"))
    assert list(tmp_path.iterdir()) == []
    assert exchange.remove(str(target), str(tmp_path / "aside"), reads("seen"))


def test_what_was_written_since_is_not_removed(target: Path, tmp_path: Path) -> None:
    target.write_text("a process was quicker")
    assert not exchange.remove(str(target), str(tmp_path / "aside"), reads("seen"))
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.read_text() == "a process was quicker"


def test_what_is_written_anew_while_the_old_one_is_aside_stays(target: Path, tmp_path: Path) -> None:
    target.write_text("a process was quicker")
    anew = reads("seen", lambda: target.write_text("and wrote again"))
    assert not exchange.remove(str(target), str(tmp_path / "aside"), anew)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.read_text() == "and wrote again"


def test_without_room_aside_it_is_removed_all_the_same(target: Path, tmp_path: Path) -> None:
    target.write_text("seen")
    assert exchange.remove(str(target), str(tmp_path / "no" / "room"), reads("seen"))
    assert not target.exists()
