"""One variable of one process is edited: until a container runs with it, beside `docker compose up -d`.

devenv watches, as it does all day: the time is from the save of devenv.yaml. compose is called for the same
edit of the same generated file: the time is from the call.
`python -m benchmarks.env_edit [--rounds 10]` brings up a copy of the bookstore, and removes it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.setups import devenv, watching, without_jobs
from devenv.engine.client import Engine, State
from devenv.engine.docker_door import DockerEngine
from devenv.engine.endpoint import locate_endpoint
from devenv.errors import NotRunning

POLL_SECONDS = 0.005
PATIENCE_SECONDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    engine = DockerEngine(locate_endpoint(os.environ, Path.home(), sys.platform), os.environ)
    with devenv(watched=False) as running:
        root = running.bookstore.root
        without_jobs(root)
        yaml = root / "devenv.yaml"
        command = "celery -A bookstore worker --loglevel info --concurrency 2"
        _replace(yaml, f"worker: {command}", f'worker: {{command: "{command}", env: {{VALUE: "first"}}}}')
        subprocess.run([*devenv_call(), "up", "-d"], cwd=root, check=True, capture_output=True)
        generated = root / ".devenv" / "compose.yaml"
        worker = Worker(engine, _project_name(root))
        made = generated.read_bytes()
        compose = ["docker", "compose", "--file", str(generated), "up", "--detach"]

        def by_compose(value: str, before: str) -> None:
            _replace(generated, f"VALUE: {before}", f"VALUE: {value}")
            subprocess.run(compose, cwd=root, check=True, capture_output=True)

        def by_devenv(value: str, before: str) -> None:
            _replace(yaml, f'VALUE: "{before}"', f'VALUE: "{value}"')

        subprocess.run(compose, cwd=root, check=True, capture_output=True)  # it looks for itself once, too
        theirs = [_round(worker, by_compose, f"c{n}", f"c{n - 1}" if n else "first") for n in range(rounds)]
        generated.write_bytes(made)
        subprocess.run([*devenv_call(), "up", "-d"], cwd=root, check=True, capture_output=True)
        with watching(root):
            ours = [_round(worker, by_devenv, f"d{n}", f"d{n - 1}" if n else "first") for n in range(rounds)]
    for name, row in (("devenv, watching", ours), ("docker compose up -d", theirs)):
        print(f"{name:22} median {1000 * statistics.median(row):5.0f} ms, least {1000 * min(row):5.0f} ms")
    print(f"devenv needs {statistics.median(ours) / statistics.median(theirs):.2f} of compose's time")


def devenv_call() -> list[str]:
    return [sys.executable, "-m", "devenv"]


@dataclass(frozen=True, slots=True)
class Worker:
    """The worker of one compose project."""

    engine: Engine
    project_name: str

    def ids(self) -> dict[str, str]:
        """The containers of the project, by service."""
        found = self.engine.containers([f"com.docker.compose.project={self.project_name}"])
        return {each.labels["com.docker.compose.service"]: each.container_id for each in found}

    def runs_with(self, value: str) -> bool:
        """Whether a worker runs whose variable is `value`."""
        project, service = f"project={self.project_name}", "service=worker"
        for each in self.engine.containers([f"com.docker.compose.{each}" for each in (project, service)]):
            try:
                env = self.engine.settings(each.container_id).env
            except NotRunning:
                continue
            if each.state is State.RUNNING and env.get("VALUE") == value:
                return True
        return False


def _round(worker: Worker, edit: Callable[[str, str], None], value: str, before: str) -> float:
    """Seconds from the edit to a running worker that has `value`; every other container is as it was."""
    time.sleep(1.0)  # what the last round left behind settles
    others = {name: each for name, each in worker.ids().items() if name != "worker"}
    began = time.monotonic()
    edit(value, before)
    while not worker.runs_with(value):
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise SystemExit(f"no worker runs with {value}")
        time.sleep(POLL_SECONDS)
    took = time.monotonic() - began
    after = {name: each for name, each in worker.ids().items() if name != "worker"}
    assert after == others, "a container was touched that the edit does not concern"
    return took


def _project_name(root: Path) -> str:
    said = subprocess.run(
        [*devenv_call(), "status", "--format", "json"], cwd=root, check=True, capture_output=True, text=True
    )
    return str(json.loads(said.stdout)["project_name"])


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old} is not in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")


if __name__ == "__main__":
    main()
