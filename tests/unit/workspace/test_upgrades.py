from __future__ import annotations

from pathlib import Path

from devenv.workspace.upgrades import begin_upgrade, end_upgrade, forget_upgrades, read_upgrades


def test_an_upgrade_is_known_from_its_begin_to_its_end(tmp_path: Path) -> None:
    begin_upgrade(tmp_path, "db", "shop_db-postgres-15")
    begin_upgrade(tmp_path, "reports", "shop_reports-mariadb-10")
    end_upgrade(tmp_path, "db")
    assert read_upgrades(tmp_path) == {"reports": "shop_reports-mariadb-10"}
    forget_upgrades(tmp_path)
    forget_upgrades(tmp_path)
    assert read_upgrades(tmp_path) == {}


def test_a_damaged_file_says_nothing(tmp_path: Path) -> None:
    for text in ("", "[1]", "{"):
        (tmp_path / "upgrades.json").write_text(text)
        assert read_upgrades(tmp_path) == {}
