"""`devenv help`, and where a mistake points to."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.cli.main import run
from devenv.config.locate import docs_folder
from devenv.config.reference import SECTIONS, WHOLE_FILE, sections_of, topic_of


@pytest.mark.parametrize(
    ("topic", "heading"),
    [
        ("services.db.version", "## `services`"),
        ("app.dependencies", "### `app.dependencies`"),
        ("app.env.DEBUG", "## `app`"),
        ("python", "## The file"),
        ("postgres", "## `postgres`"),
        ("up", "### up"),
        ("restart", "### stop, restart"),
        ("lock", "### lock"),
        ("Git layers", "## Git layers"),
    ],
)
def test_a_topic_is_a_key_a_command_a_service_or_a_heading(
    topic: str, heading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["help", topic]) == 0
    assert capsys.readouterr().out.startswith(f"{heading}\n")


def test_without_a_topic_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help"]) == 0
    assert {"services", "postgres", "up", "the lock"} <= {*capsys.readouterr().out.splitlines()}


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["sync", "flush"], "### sync flush\n"),
        (["db", "snapshot"], "### db\n"),
        (["sharing"], "# Sharing an environment\n"),
        (["events"], "# Events\n"),
        (["browser"], "# Pages that refresh themselves\n"),
        (["debugging"], "# Debugging\n"),
        (["env_file"], "## `app`\n"),
        (["requires"], "## The file\n"),
        (
            ["port"],
            "## `port`\n\n"
            "- in `services`: the port it listens on, published on 127.0.0.1; default: the definition's "
            "(`devenv help services`)\n"
            "- in `processes`: the port it listens on; default for web: 8000 (`devenv help processes`)\n",
        ),
    ],
)
def test_every_page_and_every_key_is_a_topic_also_of_several_words(
    words: list[str], begins: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["help", *words]) == 0
    assert capsys.readouterr().out.startswith(begins)


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("servcies", "did you mean `devenv help services`?"),
        ("zzzz", "`devenv help` alone lists what there is"),
    ],
)
def test_an_unknown_topic_is_told(topic: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", topic]) == 2
    assert capsys.readouterr().err == (f"error: the reference has nothing about {topic!r}\nhint: {hint}\n")


def test_a_section_ends_where_the_next_of_its_level_begins_and_snippets_have_no_headings() -> None:
    text = "# A\n```yaml\n# not\n```\n## B, `c.d`\nb\n### E\ne\n## F\nf\n"

    assert sections_of(text) == {
        "a": text,
        "b": "## B, `c.d`\nb\n### E\ne\n",
        "c.d": "## B, `c.d`\nb\n### E\ne\n",
        "e": "### E\ne\n",
        "f": "## F\nf\n",
    }


def test_every_topic_of_a_problem_has_its_section() -> None:
    there = sections_of((docs_folder() / "devenv-yaml.md").read_text("utf-8"))

    assert {*SECTIONS, WHOLE_FILE} <= {*there}
    assert [
        topic_of(key) for key in ("app.dependencies.file", "app.path", "on_change.0", "apps", "name")
    ] == [*("app.dependencies", "app", "on_change", WHOLE_FILE, WHOLE_FILE)]


def test_a_mistake_names_the_sections_that_it_is_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("devenv.yaml").write_text("name: shop\nservices: {db: {verison: 1, tpye: x}}\n", encoding="utf-8")

    assert run(["config"]) == 3
    assert (
        capsys.readouterr().err.splitlines()[-1]
        == "reference: devenv help app, devenv help 'the file', devenv help services"
    )
