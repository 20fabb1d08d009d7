"""What is proposed where, asked as bash asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.cli.app import app
from devenv.cli.command_tree import Tree, read_tree
from devenv.cli.completing import propose
from devenv.cli.completion import COMPLETERS
from devenv.cli.main import run
from devenv.cli.shells import Proposal, Question, answer_text, question_of

FILES = {
    "devenv.yaml": (
        "extends: base.yaml\n"
        "profiles: {mail: {services: {post: x}}, search: {}}\n"
        "processes: {web: {}, worker: x}\n"
    ),
    "base.yaml": "services: {db: postgres:17}\njobs: {migrate: x}\n",
    "devenv.local.yaml": "services: {mine: 'acme/x:1', db: {env: {TZ: UTC}}}\n",
}


class Shell:
    """A command line in a project's folder."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(folder)
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        monkeypatch.setenv("_DEVENV_COMPLETE", "complete_bash")

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    def complete(self, *words: str) -> list[str]:
        self._monkeypatch.setenv("COMP_WORDS", "\n".join(["devenv", *words]))
        self._monkeypatch.setenv("COMP_CWORD", str(len(words)))
        assert run([]) == 0
        said = self._capsys.readouterr()
        assert said.err == ""
        return said.out.split()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("words", "proposed"),
    [
        (["exec", ""], ["db", "mine", "post", "web", "worker"]),
        (["up", "-d", "web", "wo"], ["worker"]),
        (["logs", "m"], ["migrate", "mine"]),
        (["shell", "d"], ["db"]),
        (["lock", "--update", ""], ["db", "mine", "post"]),
        (["--profile", ""], ["mail", "search"]),
        (["stat"], ["status"]),
        (["explain", "ser"], ["services"]),
        (["explain", "services."], ["services.db", "services.mine"]),
        (["up", "--fro"], ["--frozen"]),
        (["-f", "nowhere.yaml", "logs", ""], []),
        (["-f", "base.yaml", "logs", ""], ["db", "migrate", "mine", "web"]),
        (["--file=base.yaml", "shell", "d"], ["db"]),
        (["--profile", "=", "ma"], ["mail"]),
        (["--profile=ma"], ["mail"]),
        (["--profile", "mail", "logs", "-f", "po"], ["post"]),
        (["sync", ""], ["status", "flush", "reset"]),
        (["up", "--logs", ""], ["served", "all", "none"]),
        (["config", "--format", "j"], ["json"]),
        (["down", "-v", "--vo"], []),
        (["exec", "web", "--he"], []),
        (["logs", "--", "-"], []),
        (["nonsense", ""], []),
        (["help", "services.po"], []),
    ],
)
def test_each_place_completes_what_can_stand_there(
    shell: Shell, words: list[str], proposed: list[str]
) -> None:
    shell.write(**FILES)

    assert shell.complete(*words) == proposed


@pytest.mark.parametrize("text", ["services: {db: [", "- a list", "\0", "services: 3\nprocesses: []\n"])
def test_a_file_that_cannot_be_read_is_no_reason_to_say_anything(shell: Shell, text: str) -> None:
    shell.write(**dict.fromkeys(FILES, text))

    assert shell.complete("exec", "") == ["web"]


def test_without_a_devenv_yaml_nothing_is_proposed(shell: Shell) -> None:
    assert shell.complete("exec", "") == []


def test_files_that_extend_each_other_are_read_once(shell: Shell) -> None:
    shell.write(**FILES)
    shell.write(
        **{"base.yaml": "extends: [devenv.yaml, nowhere.yaml, {git: x, tag: y}]\nservices: {db: x}\n"}
    )

    assert shell.complete("shell", "d") == ["db"]


def test_the_commands_are_kept_and_read_anew_where_they_changed(shell: Shell) -> None:
    kept = shell.folder / "cache" / "devenv" / "commands.json"
    assert shell.complete("stat") == ["status"]
    first = kept.read_text(encoding="utf-8")
    kept.write_text(first.replace("status", "stature"), encoding="utf-8")
    assert shell.complete("stat") == ["stature"]

    kept.write_text(first.replace("main.py", "moan.py").replace("status", "stature"), encoding="utf-8")
    assert shell.complete("stat") == ["status"]
    assert kept.read_text(encoding="utf-8") == first


@pytest.mark.parametrize("kept", ["", "{", "[]", "null", '{"key": 1}'])
def test_a_cache_that_cannot_be_read_is_made_anew(shell: Shell, kept: str) -> None:
    file = shell.folder / "cache" / "devenv" / "commands.json"
    file.parent.mkdir(parents=True)
    file.write_text(kept, encoding="utf-8")

    assert shell.complete("stat") == ["status"]


def test_each_completer_that_a_command_names_is_there() -> None:
    def named(tree: Tree) -> set[str]:
        parameters = [*tree["options"], *tree["arguments"]]
        own = {each["values"] for each in parameters if isinstance(each["values"], str)}
        return own.union(*map(named, tree["commands"].values()))

    assert named(read_tree(app)) == set(COMPLETERS)


TREE: Tree = {
    "options": [
        {"names": ["-f", "--file"], "takes": True, "repeats": False, "help": "A file.", "values": None}
    ],
    "commands": {"logs": {"help": 'What it\'s "printed": all'}, "lock": {"help": ""}},
}


def test_what_is_proposed_has_its_help() -> None:
    assert propose(TREE, [], "lo") == [Proposal("logs", 'What it\'s "printed": all'), Proposal("lock", "")]
    assert propose(TREE, [], "--f") == [Proposal("--file", "A file.")]


@pytest.mark.parametrize(
    ("environ", "question"),
    [
        ({}, None),
        ({"_DEVENV_COMPLETE": "source_bash"}, None),
        ({"_DEVENV_COMPLETE": "complete_tcsh"}, None),
        (
            {"_DEVENV_COMPLETE": "complete_bash", "COMP_WORDS": "devenv\nlogs\nwo\nx", "COMP_CWORD": "2"},
            Question("bash", ["logs"], "wo"),
        ),
        (
            {"_DEVENV_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "devenv -f 'my file' logs "},
            Question("zsh", ["-f", "my file", "logs"], ""),
        ),
        (
            {"_DEVENV_COMPLETE": "complete_fish", "_TYPER_COMPLETE_ARGS": "devenv logs 'wo"},
            Question("fish", ["logs"], "wo"),
        ),
        (
            {
                "_DEVENV_COMPLETE": "complete_powershell",
                "_TYPER_COMPLETE_ARGS": "devenv logs wo",
                "_TYPER_COMPLETE_WORD_TO_COMPLETE": "wo",
            },
            Question("powershell", ["logs"], "wo"),
        ),
        (
            {
                "_DEVENV_COMPLETE": "complete_pwsh",
                "_TYPER_COMPLETE_ARGS": "devenv logs",
                "_TYPER_COMPLETE_WORD_TO_COMPLETE": "",
            },
            Question("powershell", ["logs"], ""),
        ),
    ],
)
def test_each_shell_asks_in_its_own_way(environ: dict[str, str], question: Question | None) -> None:
    assert question_of(environ) == question


def test_each_shell_is_answered_in_its_own_way() -> None:
    proposals = [Proposal("logs", "What it's"), Proposal("db")]

    assert {name: answer_text(name, proposals) for name in ("bash", "zsh", "fish", "powershell")} == {
        "bash": "logs\ndb",
        "zsh": """_arguments '*: :(("logs":"What it''s"\n"db"))'""",
        "fish": "logs\tWhat it's\ndb",
        "powershell": "logs:::What it's\ndb::: ",
    }
    assert answer_text("zsh", []) == "_files"
