"""No value of devenv.yaml becomes an instruction or a key, as builder and compose themselves read the files.

`DEVENV_HOSTILE_FILES=500 pytest tests/contract/test_values_stay_values.py` tries more of them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from devenv.compiler.compiled import CompiledProject
from devenv.errors import ConfigError
from tests.unit.compiler.hostile import GOLDEN, INJECTED, Hostile, compile_in, hostile_files, leaves, shape

FILES = int(os.environ.get("DEVENV_HOSTILE_FILES", "30"))
TIMEOUT_SECONDS = 60


def _tools_answer() -> bool:
    try:
        commands = (["docker", "compose", "version"], ["docker", "buildx", "inspect"])
        return not any(subprocess.run(each, capture_output=True, timeout=30).returncode for each in commands)
    except OSError:
        return False


pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not _tools_answer(), reason="no engine answers; `make lab` sets one up"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@settings(max_examples=FILES, deadline=None, phases=[Phase.generate])
@given(hostile=hostile_files())
def test_builder_and_compose_read_of_any_file_what_they_read_of_the_plain_one(
    hostile: Hostile, place: Path
) -> None:
    _check(hostile, place)


@pytest.mark.parametrize("bad", INJECTED, ids=["stage", "instruction", "key", "deep key"])
def test_what_is_injected_everywhere_is_nowhere(bad: str, place: Path) -> None:
    """Into each variable of the app at once, since those are in both files."""
    case = "bookstore"
    env = [leaf for leaf, _ in leaves(case) if leaf[:2] == ("app", "env")]
    for leaf in env[:2]:
        _check(Hostile(case, leaf, f"a{bad}" * 3 + "x" * 100_000 + bad), place)


def _check(hostile: Hostile, place: Path) -> None:
    try:
        project = compile_in(place / hostile.case, hostile.case, hostile.text())
    except ConfigError:
        return  # it says what is wrong with it
    wanted_stages, wanted_content = _plain(hostile.case, place)
    assert _stages(project, place / "generated") == wanted_stages
    content = _content(project, place / "generated", is_raw="compose" in hostile.leaf)
    if content is not None:
        if not hostile.names_things:
            assert shape(content) == shape(wanted_content)
        assert "'injected':" not in repr(shape(content))


@cache
def _plain(case: str, place: Path) -> tuple[list[tuple[str, str]], Any]:
    project = compile_in(GOLDEN / case, case)
    folder = place / f"plain-{case}"
    return _stages(project, folder), _content(project, folder, is_raw=False)


def _stages(project: CompiledProject, folder: Path) -> list[tuple[str, str]]:
    """Name and base of each stage, as the builder lists them once it has read every instruction."""
    _write(project, folder)
    build = ("docker", "buildx", "build", "--file", ".devenv/Dockerfile")
    done = _run((*build, f"--{_question(folder)}=targets,format=json", "."), folder, BUILDX_EXPERIMENTAL="1")
    assert done.returncode == 0, done.stderr
    return [(stage["name"], stage["base"]) for stage in json.loads(done.stdout)["targets"]]


@cache
def _question(folder: Path) -> str:
    """The option that was `--print` before it was `--call`."""
    return "call" if "--call " in _run(("docker", "buildx", "build", "--help"), folder).stdout else "print"


def _content(project: CompiledProject, folder: Path, *, is_raw: bool) -> Any:
    """The compose file as compose has it; None where a raw key holds what compose does not take."""
    _write(project, folder)
    done = _run(("docker", "compose", "-f", ".devenv/compose.yaml", "config", "--format", "json"), folder)
    if done.returncode and is_raw:
        return None
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _write(project: CompiledProject, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".devenv" / "agent").mkdir(parents=True)
    for name, text in {**project.files, "host.env": "", "certificates.pem": ""}.items():
        (folder / ".devenv" / name).write_text(text, encoding="utf-8", newline="")


def _run(command: tuple[str, ...], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **variables}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
