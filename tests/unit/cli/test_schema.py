"""`devenv schema`, to stdout and for an editor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devenv.cli.main import run
from devenv.workflows.schema import FILE_NAME, LAYER_FILE_NAME, refresh_schema


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


def test_the_schema_of_a_layer_requires_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "--layer"]) == 0

    schema = json.loads(capsys.readouterr().out)
    assert schema["title"] == "a layer of devenv.yaml"
    assert "required" not in schema


def test_schemas_are_made_when_they_are_missing_old_or_of_other_definitions(tmp_path: Path) -> None:
    written = [tmp_path / ".devenv" / name for name in (FILE_NAME, LAYER_FILE_NAME)]
    refresh_schema(tmp_path)
    texts = [file.read_text("utf-8") for file in written]

    for file in written:
        file.write_text("{}", encoding="utf-8")
        refresh_schema(tmp_path)
        assert [each.read_text("utf-8") for each in written] == texts

    stamps = [file.stat().st_mtime_ns for file in written]
    refresh_schema(tmp_path)
    assert [file.stat().st_mtime_ns for file in written] == stamps

    own = tmp_path / "devenv.d" / "services" / "geo.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("broken", encoding="utf-8")
    refresh_schema(tmp_path)
    kind = json.loads(written[0].read_text("utf-8"))["$defs"]["ServiceSection"]["anyOf"][1]["properties"][
        "type"
    ]
    assert "geo" in kind["anyOf"][0]["enum"]
