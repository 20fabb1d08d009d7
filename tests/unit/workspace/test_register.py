from __future__ import annotations

from pathlib import Path

from devenv.workspace.register import forget, read_register, remember


def test_what_is_remembered_is_read_until_it_is_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "environments"
    remember(folder, "shop", Path("/home/ada/shop"))
    remember(folder, "shop", Path("/home/ada/shop"))
    remember(folder, "shop-2", Path("/home/ada/Laden ä"))
    assert read_register(folder) == {"shop": "/home/ada/shop", "shop-2": "/home/ada/Laden ä"}
    forget(folder, "shop", "/home/ada/shop")
    forget(folder, "shop", "/home/ada/shop")
    assert read_register(folder) == {"shop-2": "/home/ada/Laden ä"}


def test_of_two_checkouts_that_had_one_name_the_one_that_is_there_counts(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    for root in (tmp_path / "gone", there, tmp_path / "gone too"):
        remember(tmp_path / "environments", "shop", root)
    assert read_register(tmp_path / "environments") == {"shop": str(there)}


def test_damaged_entries_and_a_missing_folder_are_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_text('{"project": "shop"')
    (tmp_path / "list.json").write_text("[]")
    assert read_register(tmp_path) == {}
    assert read_register(tmp_path / "nowhere") == {}


def test_a_folder_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file", "shop", Path("/home/ada/shop"))
    assert read_register(tmp_path / "file") == {}
