"""`devenv schema`, to stdout and for an editor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devenv.cli.main import run


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0

    assert json.loads(capsys.readouterr().out)["title"] == "devenv.yaml"


def test_it_is_written_beside_devenv_yaml_with_the_line_that_an_editor_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "devenv.yaml").write_text("name:", encoding="utf-8")  # a broken file needs the editor most
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path / "app")

    assert run(["schema", "--write"]) == 0

    path = capsys.readouterr().out.strip().removeprefix("# yaml-language-server: $schema=")
    assert path == ".devenv/devenv.schema.json"
    assert "properties" in json.loads((tmp_path / path).read_text("utf-8"))
    assert (tmp_path / ".devenv" / ".gitignore").read_text("utf-8") == "*\n"
