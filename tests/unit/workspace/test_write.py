from __future__ import annotations

import resource
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from devenv.agent.tree import digest_of
from devenv.compiler.compiled import Assignments
from devenv.errors import WorkspaceError
from devenv.workspace.host import HostSettings
from devenv.workspace.state import read_state, state_text
from devenv.workspace.write import WrittenFiles, write_workspace
from tests.unit.workspace.projects import NO_SETTINGS, agent, project, write

ALL_FILES = {
    ".env",
    ".gitignore",
    "Dockerfile",
    "agent/__main__.py",
    "agent/deep/one.py",
    "app.env",
    "certificates.pem",
    "compose.yaml",
    "host.env",
    "made/Dockerfile",
    "made/compose.yaml",
}


def _tree(root: Path) -> dict[str, bytes]:
    folder = root / ".devenv"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@contextmanager
def _files_up_to(size_bytes: int) -> Iterator[None]:
    """A disk on which larger files cannot be written."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_first_write_makes_every_file_and_remembers_it(tmp_path: Path) -> None:
    written = write(tmp_path)
    assert {*written.paths, "made/Dockerfile", "made/compose.yaml"} == ALL_FILES
    tree = _tree(tmp_path)
    assert set(tree) == {*ALL_FILES, "state.json"}
    assert tree[".gitignore"] == b"*\n"
    assert tree["certificates.pem"] == b""
    assert set(read_state(tmp_path / ".devenv").written) == ALL_FILES


def test_a_second_write_of_the_same_touches_nothing(tmp_path: Path) -> None:
    write(tmp_path)
    folder = tmp_path / ".devenv"
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert write(tmp_path) == WrittenFiles(())
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    write(tmp_path)
    before = (tmp_path / ".devenv" / "compose.yaml").stat().st_ino
    assert write(tmp_path, project(Dockerfile="FROM y\n")) == WrittenFiles(("Dockerfile",))
    assert (tmp_path / ".devenv" / "compose.yaml").stat().st_ino == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_secrets_are_for_the_owner_only_and_certificates_for_the_containers_too(tmp_path: Path) -> None:
    write(tmp_path)
    folder = tmp_path / ".devenv"
    (folder / "app.env").chmod(0o644)
    write(tmp_path)
    names = ("app.env", "host.env", "certificates.pem", "compose.yaml")
    modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in names}
    assert modes == {"app.env": 0o600, "host.env": 0o600, "certificates.pem": 0o644, "compose.yaml": 0o644}


def test_a_file_edited_by_hand_stops_everything_and_shows_the_edit(tmp_path: Path) -> None:
    write(tmp_path)
    dockerfile = tmp_path / ".devenv" / "Dockerfile"
    dockerfile.write_text("FROM x\nRUN mine\n")
    before = _tree(tmp_path)
    with pytest.raises(WorkspaceError) as raised:
        write(tmp_path, project(Dockerfile="FROM y\n", compose="name: other\n"))
    assert raised.value.summary == ".devenv/Dockerfile was edited by hand and would be overwritten"
    assert "+RUN mine" in raised.value.details
    assert "--force" in raised.value.hint
    assert _tree(tmp_path) == before


def test_an_edit_by_hand_that_is_also_what_is_compiled_is_no_edit(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / ".devenv" / "Dockerfile").write_text("FROM y\n")
    assert write(tmp_path, project(Dockerfile="FROM y\n")) == WrittenFiles(())
    assert write(tmp_path, project(Dockerfile="FROM z\n")) == WrittenFiles(("Dockerfile",))


def test_an_edit_is_noticed_even_when_nothing_else_changed(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / ".devenv" / "compose.yaml").write_text("name: mine\n")
    with pytest.raises(WorkspaceError):
        write(tmp_path)


def test_force_replaces_what_was_edited(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / ".devenv" / "Dockerfile").write_text("FROM mine\n")
    assert write(tmp_path, force=True) == WrittenFiles(("Dockerfile",))
    assert _tree(tmp_path)["Dockerfile"] == b"FROM x\n"


def test_an_edited_secret_is_named_and_not_shown(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / ".devenv" / "app.env").write_text("SECRET='hunter2'\n")
    with pytest.raises(WorkspaceError) as raised:
        write(tmp_path)
    assert raised.value.details == "app.env: not shown, it may hold secrets"


def test_a_removed_file_is_made_again(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / ".devenv" / "compose.yaml").unlink()
    assert write(tmp_path) == WrittenFiles(("compose.yaml",))


def test_a_module_that_left_the_agent_leaves_the_copy(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "agent-source" / "deep" / "one.py").unlink()
    assert write(tmp_path) == WrittenFiles(("agent/deep/one.py",))
    assert "agent/deep/one.py" not in _tree(tmp_path)


def test_a_file_that_nobody_recorded_is_kept_aside(tmp_path: Path) -> None:
    (tmp_path / ".devenv").mkdir()
    (tmp_path / ".devenv" / "Dockerfile").write_text("FROM elsewhere\n")
    written = write(tmp_path)
    assert written.notices == (".devenv/Dockerfile was there before; it is kept as Dockerfile.old",)
    assert _tree(tmp_path)["Dockerfile.old"] == b"FROM elsewhere\n"


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 99}', '{"version": 1, "written": 3}', "\x00"])
def test_a_damaged_state_is_made_anew_with_a_notice(tmp_path: Path, damage: str) -> None:
    write(tmp_path)
    (tmp_path / ".devenv" / "state.json").write_text(damage)
    written = write(tmp_path)
    assert written.paths == ()
    assert len(written.notices) == 1
    assert written.notices[0].startswith(".devenv/state.json could not be used (")
    assert write(tmp_path) == WrittenFiles(())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the size of files")
def test_a_full_disk_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    write(tmp_path)
    before = _tree(tmp_path)
    changed = project(Dockerfile="FROM y\n", compose="#" * 50_000)
    with _files_up_to(10_000), pytest.raises(WorkspaceError) as raised:
        write(tmp_path, changed)
    assert raised.value.hint == "check the free space and who owns the folder"
    after = _tree(tmp_path)
    assert {**after, "state.json": b""} == {**before, "state.json": b""}
    assert set(write(tmp_path, changed).paths) == {"Dockerfile", "compose.yaml"}


def test_a_crash_between_two_files_is_not_taken_for_an_edit(tmp_path: Path) -> None:
    write(tmp_path)
    folder = tmp_path / ".devenv"
    state = read_state(folder)
    under_way = {**state.written, "Dockerfile": (*state.written["Dockerfile"], digest_of(b"FROM y\n"))}
    (folder / "state.json").write_text(state_text(replace(state, written=under_way)))
    (folder / "Dockerfile").write_text("FROM y\n")
    assert write(tmp_path, project(Dockerfile="FROM z\n")) == WrittenFiles(("Dockerfile",))
    assert len(read_state(folder).written["Dockerfile"]) == 1


def test_nothing_is_written_where_a_file_cannot_be(tmp_path: Path) -> None:
    (tmp_path / ".devenv").write_text("in the way")
    with pytest.raises(WorkspaceError):
        write(tmp_path)
    assert (tmp_path / ".devenv").read_text() == "in the way"


def test_assignments_are_written_for_compose_and_kept_for_the_next_time(tmp_path: Path) -> None:
    assigned = Assignments(project_name="shop-2", ports={"DEVENV_PORT_WEB_8000": 8001}, wanted={})
    source = agent(tmp_path)
    write_workspace(tmp_path, project(), NO_SETTINGS, source, assignments=assigned)
    assert write_workspace(tmp_path, project(), NO_SETTINGS, source) == WrittenFiles(())
    lines = _tree(tmp_path)[".env"].decode().splitlines()
    assert {line for line in lines if not line.startswith(("#", "DEVENV_USER"))} == {
        "COMPOSE_PROJECT_NAME='shop-2'",
        "DEVENV_PORT_WEB_8000='8001'",
        f"DEVENV_ROOT='{tmp_path.resolve()}'",
    }
    assert read_state(tmp_path / ".devenv").assignments == assigned


def test_a_checkout_without_assignments_takes_the_environments_name(tmp_path: Path) -> None:
    write(tmp_path)
    assert b"COMPOSE_PROJECT_NAME='shop'\n" in _tree(tmp_path)[".env"]


def test_the_hosts_settings_become_files_of_this_machine(tmp_path: Path) -> None:
    host = HostSettings({"HTTP_PROXY": "http://p:3128"}, "PEM\n")
    write_workspace(tmp_path, project(), host, agent(tmp_path))
    tree = _tree(tmp_path)
    assert tree["certificates.pem"] == b"PEM\n"
    assert tree["host.env"].decode().splitlines()[1:] == [
        "CURL_CA_BUNDLE='/run/devenv/certificates.pem'",
        "GIT_SSL_CAINFO='/run/devenv/certificates.pem'",
        "HTTP_PROXY='http://p:3128'",
        "NODE_EXTRA_CA_CERTS='/run/devenv/certificates.pem'",
        "NO_PROXY='localhost,127.0.0.1,web'",
        "PIP_CERT='/run/devenv/certificates.pem'",
        "REQUESTS_CA_BUNDLE='/run/devenv/certificates.pem'",
        "SSL_CERT_FILE='/run/devenv/certificates.pem'",
        "http_proxy='http://p:3128'",
        "no_proxy='localhost,127.0.0.1,web'",
    ]
