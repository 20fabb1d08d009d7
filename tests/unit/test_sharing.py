"""docs/sharing.md: its files are written, its commands are run, and they print what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devenv.cli.main import run

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "sharing.md").read_text("utf-8")
FILES = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^```console\n\$ devenv (.*?)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path, text in [
        *FILES,
        ("shop/manage.py", ""),
        ("shop/shop/settings.py", ""),
        ("shop/shop/wsgi.py", ""),
    ]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.mark.parametrize(("command", "printed"), COMMANDS)
def test_a_command_of_the_page_prints_what_it_says(
    shop: Path, command: str, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command.split()) == 0

    assert capsys.readouterr().out == printed
