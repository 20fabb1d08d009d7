"""Packages into the venv of a container that runs: the host asks, but it ends well without the host, too.

The process is held back from the beginning. stdin: one line of JSON that says what to do, and when it is done
everywhere a second one that says whether the process starts anew. stdout: one line of JSON, how it went.
Without a second line it starts anew: what it has loaded may not be what is there now.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import tempfile
from typing import Any, Dict, List, Tuple

from .holding import INTERRUPTED
from .protocol import Hold, Release, encode

LOCK = "/tmp/devenv-install.lock"  # the host that began the one before may be gone, and its install not
FREEZE = ["uv", "pip", "freeze"]
OUTPUT_CHARACTERS = 20_000


def install(socket_path: str) -> int:
    """Do what stdin says; the exit code."""
    agent = socket.socket(socket.AF_UNIX)
    agent.connect(socket_path)
    agent.sendall(encode(Hold(False)))
    line = sys.stdin.readline()
    asked = json.loads(line) if line else {}
    if "commands" not in asked:  # it failed where it was tried first
        _release(agent, asked.get("restart", ""))
        return 0
    with open(LOCK, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = _install(asked)
    _tell(result)
    line = sys.stdin.readline()
    cause = json.loads(line)["restart"] if line else INTERRUPTED
    _release(agent, cause)
    return 0 if result["ok"] else 1


def _install(asked: Dict[str, Any]) -> Dict[str, Any]:
    """Run the commands in a folder that has the files, until one fails."""
    environ = {**os.environ, **asked["environ"]}
    with tempfile.TemporaryDirectory(prefix="devenv-") as folder:
        for path, text in asked["files"].items():
            place = os.path.join(folder, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        before = _run(FREEZE, folder, environ)[1].splitlines()
        ok, output = True, ""
        wanted = asked.get("packages")
        for command in asked["commands"] if wanted is None else commands_to(before, wanted):
            ok, said = _run(command, folder, environ)
            output += said
            if not ok:
                break
        after = _run(FREEZE, folder, environ)[1].splitlines()
    return {"ok": ok, "output": output[-OUTPUT_CHARACTERS:], "before": before, "after": after}


def commands_to(before: List[str], wanted: List[str]) -> List[List[str]]:
    """What makes of installed packages others, where no index has to be asked what goes with what."""
    names = {line.partition("==")[0] for line in wanted}
    gone = [line.partition("==")[0] for line in before if line.partition("==")[0] not in names]
    new = [line for line in wanted if line not in before]
    commands = []
    if gone:
        commands.append(["uv", "pip", "uninstall", *gone])
    if new:
        commands.append(["uv", "pip", "install", "--no-deps", *new])
    return commands


def _run(command: List[str], folder: str, environ: Dict[str, str]) -> Tuple[bool, str]:
    is_question = command is FREEZE
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if is_question else subprocess.STDOUT,
        )
    except OSError as error:
        return False, "%s: %s\n" % (command[0], error.strerror)
    return done.returncode == 0, done.stdout.decode("utf-8", "replace")


def _tell(result: Dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
    except OSError:
        pass  # nobody listens any more; the packages are there all the same


def _release(agent: socket.socket, cause: str) -> None:
    """Return when the agent has read it, or is gone."""
    agent.sendall(encode(Release(cause)))
    agent.shutdown(socket.SHUT_WR)
    agent.settimeout(5)
    try:
        while agent.recv(4096):
            pass
    except OSError:
        pass
