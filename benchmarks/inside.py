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


FLOOR = r"""
import os, shutil, sys, threading, time
folder, files, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
content = b"0123" * 1024
def write(numbers):
    for number in numbers:
        descriptor = os.open(f"{folder}/staged/{number}", os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(descriptor, content)
        os.close(descriptor)
def rename(numbers):
    for number in numbers:
        os.rename(f"{folder}/staged/{number}", f"{folder}/{number % 100}/{number}")
def together(act):
    begun = [threading.Thread(target=act, args=(range(n, files, threads),)) for n in range(threads)]
    [thread.start() for thread in begun]
    [thread.join() for thread in begun]
for name in ["staged", *range(100)]:
    os.makedirs(f"{folder}/{name}")
began = time.monotonic()
together(write)
together(rename)
print(time.monotonic() - began)
shutil.rmtree(folder)
"""


def files_a_second(container: str, folder: str, *, files: int, threads: int) -> float:
    """What the container's disk gives: 4 kB each, written aside and renamed by a bare loop."""
    call = ["docker", "exec", container, "python", "-c", FLOOR, folder, str(files), str(threads)]
    return files / float(subprocess.run(call, capture_output=True, text=True, check=True).stdout)


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
