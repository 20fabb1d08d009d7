"""What a process in the container sees: asked by an exec that stays, told in the machine's monotonic clock.

Containers of a Linux engine share that clock with this machine; elsewhere these figures mean nothing.
"""

from __future__ import annotations

import json
import subprocess
from types import TracebackType

SCRIPT = r"""
import json, os, sys, time
def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
def count(folder):
    return sum(len(files) for _, _, files in os.walk(folder))
for line in sys.stdin:
    asked = json.loads(line)
    limit = time.monotonic() + asked["limit"]
    while time.monotonic() < limit:
        if "files" in asked:
            is_there = count(asked["path"]) >= asked["files"]
            time.sleep(0 if is_there else 0.02)
        else:
            is_there = content(asked["path"]) == asked["content"].encode()
            time.sleep(0 if is_there else 0.0002)
        if is_there:
            break
    found = count(asked["path"]) if "files" in asked else 0
    print(json.dumps({"at": time.monotonic() if is_there else None, "files": found}), flush=True)
"""


class Inside:
    """A prober in a container; close it, or use it as a block."""

    def __init__(self, container: str) -> None:
        command = ["docker", "exec", "-i", container, "python", "-u", "-c", SCRIPT]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Inside:
        self.ask_content("/nowhere", "", limit_seconds=0.01)
        self.answer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def ask_content(self, path: str, content: str, *, limit_seconds: float) -> None:
        """Look until the file holds that."""
        self._ask({"path": path, "content": content, "limit": limit_seconds})

    def ask_files(self, path: str, files: int, *, limit_seconds: float) -> None:
        """Look until the folder holds so many files."""
        self._ask({"path": path, "files": files, "limit": limit_seconds})

    def answer(self) -> tuple[float | None, int]:
        """When it was so, None for not within the limit; how many files there are then."""
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline())
        return told["at"], told["files"]

    def _ask(self, what: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
