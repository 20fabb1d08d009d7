"""The program as a real process: ended at any moment of its start, and started where little is there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = (
    "import sys\nfrom devenv.__main__ import main\nsys.exit(main())\n"  # as pip makes it of pyproject.toml
)
FILE = """\
name: shop
python: "3.13"
app: {settings: shop.settings, env: {WHO: "Zoë ☃"}}
services: {db: "postgres:17"}
"""
MOMENTS = 6
LONGEST_SECONDS = 0.25
ENDS = {signal.SIGINT: {0, 2, 130, -signal.SIGINT}, signal.SIGTERM: {0, 2, -signal.SIGTERM}}
BARE = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
ASCII = {**BARE, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    texts = {
        "devenv.yaml": FILE,
        "manage.py": "",
        "shop/settings.py": "",
        "shop/wsgi.py": "",
        "devenv": SCRIPT,
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def started(project: Path, *arguments: str) -> subprocess.Popen[str]:
    """The program in a session of its own, as a terminal starts it: not deaf to an interrupt."""
    return subprocess.Popen(
        [sys.executable, "devenv", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        restore_signals=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for_the_first_line(process: subprocess.Popen[str]) -> None:
    """Return when Python has set its own answer to an interrupt and the program has taken that back.

    Before, the interpreter has run no line of the program, and none of it could be heeded there.
    """
    was_set = False
    while process.poll() is None:
        caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{process.pid}/status").read_text())
        is_set = bool(caught and int(caught[1], 16) >> (signal.SIGINT - 1) & 1)
        if was_set and not is_set:
            return
        was_set = was_set or is_set
        time.sleep(0.0005)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", ENDS, ids=["interrupted", "terminated"])
@pytest.mark.parametrize("command", [["--help"], ["config"], ["nonsense"]], ids=" ".join)
def test_it_ends_without_a_word_whenever_it_is_told_to(
    project: Path, command: list[str], number: signal.Signals
) -> None:
    moments = Random(3)
    for _ in range(MOMENTS):
        process = started(project, *command)
        wait_for_the_first_line(process)
        time.sleep(moments.random() * LONGEST_SECONDS)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert process.returncode in ENDS[number], said
        assert "Traceback" not in said
        assert "KeyboardInterrupt" not in said


def shell(project: Path, line: str, environ: dict[str, str]) -> tuple[int, str, str]:
    """What a line of bash does; `devenv` in it is the program."""
    program = f"devenv() {{ '{sys.executable}' '{project}/devenv' \"$@\"; }}\n"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail\n{program}{line}"],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("devenv config | head -n 1", (0, "name: shop\n", "")),
        ("devenv config >&-", (0, "", "")),
        ("devenv config >&- 2>&-", (0, "", "")),
        ("devenv nonsense 2>&-", (2, "", "")),
        (
            "devenv config >/dev/full",
            (
                1,
                "",
                "error: the output: no space left on device\n"
                "hint: check that it is there, the free space, and who owns it\n",
            ),
        ),
        ("env -u HOME true; devenv config -q", (0, "", "")),
        ("HOME=/nonexistent devenv config -q", (0, "", "")),
        (
            "HOME=/nonexistent _DEVENV_COMPLETE=complete_bash COMP_WORDS='devenv stat' COMP_CWORD=1 devenv",
            (0, "status\n", ""),
        ),
        (
            "mkdir gone; cd gone; rmdir ../gone; devenv config",
            (
                1,
                "",
                "error: the current folder: no such file or directory\n"
                "hint: check that it is there, the free space, and who owns it\n",
            ),
        ),
    ],
)
def test_what_is_around_it_may_be_bare(project: Path, line: str, expected: tuple[int, str, str]) -> None:
    assert shell(project, line, BARE) == expected


def test_what_an_encoding_lacks_is_written_as_an_escape(project: Path) -> None:
    code, said, complaint = shell(project, "devenv config | grep WHO", ASCII)

    assert (code, said, complaint) == (0, '    WHO: "Zo\\xeb \\u2603"\n', "")
