"""An engine of a scenario's own, which it may stop and start while the machine's engine goes on undisturbed.

It lives in a network namespace of its own: two engines in one would undo each other's packet filters. It gets
its images from the machine's engine, so it needs no way out.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.project import Engine
from tests.e2e.waiting import eventually


@dataclass
class SecondEngine:
    """`folder`: where it keeps everything. `engine`: how projects reach it."""

    folder: Path
    engine: Engine
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "dockerd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.engine.enter, "dockerd", "--config-file", str(self.folder / "daemon.json")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        eventually(self._answers)

    def stop(self) -> None:
        """Stop it as the machine's init does; its containers end with it."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)

    def copy_images(self, names: Sequence[str]) -> None:
        """Bring images from the machine's engine."""
        with subprocess.Popen(["docker", "save", *names], stdout=subprocess.PIPE) as saving:
            environ = {**os.environ, **self.engine.environ}
            loading = ["docker", "load", "--quiet"]
            subprocess.run(
                loading, stdin=saving.stdout, env=environ, check=True, timeout=200, capture_output=True
            )
        assert saving.returncode == 0

    def _answers(self) -> bool:
        if self.process and self.process.poll() is not None:
            raise AssertionError((self.folder / "dockerd.log").read_text()[-3000:])
        return "Server" in self.engine.docker("version", check=False)


@contextmanager
def second_engine(folder: Path) -> Iterator[SecondEngine]:
    """An engine that goes, with all it had, when the block ends."""
    namespace = f"dvt-e2e-{os.getpid()}"
    settings = {
        "hosts": [f"unix://{folder}/docker.sock"],
        "data-root": f"{folder}/data",
        "exec-root": f"{folder}/exec",
        "pidfile": f"{folder}/docker.pid",
        "bridge": "none",
        "shutdown-timeout": 5,
    }
    (folder / "daemon.json").write_text(json.dumps(settings), encoding="utf-8")
    _ip("netns", "add", namespace)
    made = SecondEngine(
        folder=folder,
        engine=Engine(
            environ={"DOCKER_HOST": f"unix://{folder}/docker.sock"},
            enter=("nsenter", f"--net=/run/netns/{namespace}"),
        ),
    )
    try:
        _ip("-n", namespace, "link", "set", "lo", "up")
        made.start()
        yield made
    finally:
        made.stop()
        _ip("netns", "delete", namespace)
        _remove(folder)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, timeout=30)


def _remove(folder: Path) -> None:
    """Mounts of a container that just ended may be busy for a moment."""
    deadline = time.monotonic() + 20
    while subprocess.run(["rm", "-rf", str(folder)], check=False, capture_output=True, timeout=60).returncode:
        if time.monotonic() > deadline:
            return
        time.sleep(0.5)
