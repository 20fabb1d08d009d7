from __future__ import annotations

from pathlib import Path

import pytest

from devenv.agent import protocol
from devenv.errors import WorkspaceError
from devenv.workspace.sources import digest_agent, read_agent, read_dockerfile_templates
from tests.unit.workspace.projects import agent


def test_a_later_folders_template_replaces_an_earlier_ones(tmp_path: Path) -> None:
    ours, mine = tmp_path / "ours", tmp_path / "mine"
    for folder, files in ((ours, {"base.j2": "1", "dev.j2": "1", "README.md": ""}), (mine, {"base.j2": "2"})):
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
    assert read_dockerfile_templates(ours, mine) == {"base.j2": "2", "dev.j2": "1"}


def test_a_missing_folder_of_templates_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"the Dockerfile's templates in .*gone cannot be read"):
        read_dockerfile_templates(tmp_path / "gone")


def test_only_the_agents_modules_and_scripts_are_taken(tmp_path: Path) -> None:
    source = agent(tmp_path)
    (source / "refresh.js").write_text("1;\n")
    assert read_agent(source) == {
        "__main__.py": b"import deep.one\n",
        "deep/one.py": b"1\n",
        "refresh.js": b"1;\n",
    }


def test_the_agent_that_is_taken_has_every_file_that_it_reads() -> None:
    taken = read_agent(Path(protocol.__file__).parent)
    assert {"agent.py", "old.py", "refresh.js"} <= set(taken)


def test_the_agents_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    source = agent(tmp_path)
    first = digest_agent(source)
    (source / "README.md").write_text("other words\n")
    assert digest_agent(source) == first
    (source / "deep" / "one.py").rename(source / "deep" / "two.py")
    assert digest_agent(source) != first
