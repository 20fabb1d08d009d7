"""The lab is idempotent, and ends only what it started."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import engine, images, mirror
from tests.lab.catalogue import STAND_INS
from tests.lab.ground import SOURCES, LabError
from tests.lab.processes import Daemon

WRITES_A_FILE = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    sign = tmp_path / "sign"
    command = (sys.executable, "-c", WRITES_A_FILE, sign)
    daemon = Daemon(name="sleeper", command=command, answers=sign.exists, ground=tmp_path)
    yield daemon
    if pid := daemon.pid():
        os.kill(pid, signal.SIGKILL)


def test_a_daemon_outlives_its_starter_in_a_session_of_its_own(daemon: Daemon) -> None:
    daemon.start()
    pid = daemon.pid()
    assert pid is not None
    assert os.getsid(pid) == pid


def test_a_daemon_is_stopped_once_and_then_not_known_any_more(daemon: Daemon) -> None:
    daemon.start()
    assert [daemon.stop(), daemon.pid(), daemon.stop()] == [True, None, False]


def test_a_process_that_got_the_id_of_a_dead_daemon_is_left_alone(daemon: Daemon, tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "sleeper.pid").write_text(f"{stranger.pid} 1\n")
        assert daemon.stop() is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_daemon_is_not_started_where_a_stranger_answers_in_its_place(tmp_path: Path) -> None:
    daemon = Daemon(name="second", command=("false",), answers=lambda: True, ground=tmp_path)
    with pytest.raises(LabError, match="second answers already, and the lab did not start it"):
        daemon.start()
    assert list(tmp_path.iterdir()) == []


def test_a_daemon_that_ends_at_once_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('no space')")
    failing = Daemon(name="failing", command=command, answers=lambda: False, ground=tmp_path)
    with pytest.raises(LabError, match=r"failing ended at once; the end of .*\n    no space"):
        failing.start()


def test_no_recipe_is_without_a_stand_in_and_every_debian_comes_before_its_images() -> None:
    recipes = {path.name for path in (SOURCES / "images").iterdir()}
    assert recipes - {"pyenv"} == {image.recipe for image in STAND_INS} - {"pyenv"}
    references = [image.reference for image in STAND_INS]
    late = [
        image.reference
        for image in STAND_INS
        for suite in image.bases
        if references.index(image.reference) < references.index(f"debian:{suite}-slim")
    ]
    assert late == []


@pytest.mark.engine
def test_a_second_up_starts_nothing_and_makes_nothing() -> None:
    if engine.ENGINE.pid() is None:
        pytest.skip("the engine here is not the lab's")
    before = (engine.ENGINE.pid(), mirror.MIRROR.pid(), images.MADE.read_text())
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab", "up"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)
    assert (engine.ENGINE.pid(), mirror.MIRROR.pid(), images.MADE.read_text()) == before
