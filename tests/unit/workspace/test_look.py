"""What status says of the compiled files in .devenv/."""

from __future__ import annotations

from pathlib import Path

from devenv.workspace.look import SeenFile, look_at_files
from tests.unit.workspace.projects import project, write

OLD = "name: shop\nservices: {}\n"
NEW = "name: shop\nservices: {db: {}}\n"


def look(root: Path, wanted: str) -> SeenFile:
    return look_at_files(root / ".devenv", {"compose.yaml": wanted})[0]


def edit(root: Path, text: str) -> None:
    (root / ".devenv" / "compose.yaml").write_text(text)


def test_a_file_is_absent_then_current_then_older(tmp_path: Path) -> None:
    assert look(tmp_path, OLD) == SeenFile("compose.yaml", "absent")
    write(tmp_path, project(compose=OLD))
    assert look(tmp_path, OLD) == SeenFile("compose.yaml", "current")
    assert look(tmp_path, NEW) == SeenFile("compose.yaml", "older")


def test_an_edit_by_hand_is_shown_beside_what_was_made_and_not_beside_what_is_wanted_by_now(
    tmp_path: Path,
) -> None:
    write(tmp_path, project(compose=OLD))
    edit(tmp_path, f"{OLD}x-mine: 1\n")
    found = look(tmp_path, NEW)
    assert (found.state, found.diff.splitlines()[-2:]) == ("edited", [" services: {}", "+x-mine: 1"])


def test_an_edit_that_says_what_is_wanted_by_now_is_none(tmp_path: Path) -> None:
    write(tmp_path, project(compose=OLD))
    edit(tmp_path, NEW)
    assert look(tmp_path, NEW) == SeenFile("compose.yaml", "current")
