"""What is proposed where, asked as bash asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.cli.main import run

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
