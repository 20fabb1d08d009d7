from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from devenv.workspace.host import CERTIFICATE_VARIABLES, PROXY_VARIABLES
from devenv.workspace.settled import Settled, recall, record, signature_of, signatures_in, surroundings_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".devenv").mkdir()
    (tmp_path / "devenv.yaml").write_text("name: shop\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/views.py").write_text("")
    (tmp_path / "app/notes.log").write_text("")
    return tmp_path


def settled(project: Path) -> Settled:
    return Settled(
        files={
            str(project / name): signature_of(project / name) for name in ("devenv.yaml", "devenv.local.yaml")
        },
        generated={},
        folders={str(project / "app"): signatures_in(project / "app", {"views.py"})},
        surroundings="",
        socket="/var/run/docker.sock",
        project="shop",
        containers={"1": "running"},
        images={"redis:8": "2"},
        answer="nothing to do",
    )


def recorded(project: Path, begun: int | None = None, *, took: int = 1, seems: int = 1) -> Settled | None:
    """What is recalled after `record`; by default everything is old enough.

    begun: in ns of the wall clock. took, seems: seconds since then by a clock that nobody sets, and by that.
    """
    began = time.time_ns() * 2 if begun is None else begun
    now = (began + seems * 1_000_000_000, took * 1_000_000_000)
    record(project / ".devenv", settled(project), (began, 0), now)
    return recall(project / ".devenv")


def test_what_did_not_change_is_recalled(project: Path) -> None:
    assert recorded(project) == settled(project)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("devenv.yaml", "name: shop2\n"),
        ("devenv.local.yaml", "python: '3.12'\n"),
        ("app/views.py", "pass\n"),
        ("app/new.py", ""),
    ],
)
def test_a_file_that_changed_or_came_makes_the_record_void(project: Path, path: str, text: str) -> None:
    assert recorded(project)
    (project / path).write_text(text)
    assert recall(project / ".devenv") is None


def test_a_file_of_the_same_size_and_time_with_another_content_is_seen(project: Path) -> None:
    times = (project / "app/views.py").stat()
    assert recorded(project)
    (project / "app/views.py").write_text("")
    os.utime(project / "app/views.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert recall(project / ".devenv") is None


def test_a_removed_file_and_a_folder_in_its_place_are_seen(project: Path) -> None:
    assert recorded(project)
    (project / "app/views.py").unlink()
    assert recall(project / ".devenv") is None
    (project / "app/views.py").mkdir()
    assert recall(project / ".devenv") is None


def test_what_is_not_sent_may_change(project: Path) -> None:
    assert recorded(project)
    (project / "app/notes.log").write_text("much\n")
    assert recall(project / ".devenv") == settled(project)


def test_what_changed_while_up_was_at_work_leaves_no_record(project: Path) -> None:
    assert recorded(project)
    newest = signature_of(project / "app")
    assert newest is not None
    assert recorded(project, begun=newest[1]) is None


@pytest.mark.parametrize("seems", [3600, -3600])
def test_a_clock_that_was_set_while_up_was_at_work_leaves_no_record(project: Path, seems: int) -> None:
    assert recorded(project, took=20, seems=20)
    assert recorded(project, took=20, seems=seems) is None


def test_a_damaged_record_is_none(project: Path) -> None:
    for text in ("", "{}", "[2, 3]", "[1]", '[1, {}, {}, {}, "", "", "", {}, {}]'):
        (project / ".devenv/settled.json").write_text(text)
        assert recall(project / ".devenv") is None


def test_every_variable_that_reaches_the_containers_is_among_the_surroundings() -> None:
    for name in (*CERTIFICATE_VARIABLES, *PROXY_VARIABLES, "https_proxy", "DOCKER_HOST", "DEVENV__python"):
        assert surroundings_of({name: "1"}, ()) != surroundings_of({}, ()), name
    assert surroundings_of({"TERM": "xterm"}, ()) == surroundings_of({}, ())


def test_another_devenv_is_another_surrounding(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("")
    before = surroundings_of({}, [tmp_path])
    assert surroundings_of({}, [tmp_path]) == before
    (tmp_path / "module.py").write_text("pass")
    assert surroundings_of({}, [tmp_path]) != before
