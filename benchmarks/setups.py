"""The set-ups that are compared: each brings a copy of the bookstore up, and takes everything away again."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from tests.e2e.bookstore import Bookstore, copy_bookstore

COMPOSE_FILES = Path(__file__).with_name("compose")
START_TIMEOUT_SECONDS = 600
SHOWN_OF_A_FAILURE = 5000


@dataclass(frozen=True, slots=True)
class Running:
    """A bookstore that answers at `url`, and whose files are at `bookstore`."""

    name: str
    bookstore: Bookstore
    url: str


@contextmanager
def bind_and_runserver() -> Iterator[Running]:
    """The host's folder mounted into the containers; Django's own reloader polls it."""
    with _compose("bind", "bind.yaml") as running:
        yield running


@contextmanager
def watch_and_runserver() -> Iterator[Running]:
    """`docker compose watch` copies each save into the container; Django's own reloader polls there."""
    with _compose("watch", "watch.yaml") as running:
        root = running.bookstore.root
        with background(_compose_call("watch", "watch.yaml", "watch", "--no-up"), root, said="watch enabled"):
            yield running


@contextmanager
def compose_and_nothing() -> Iterator[Running]:
    """The same containers; nothing copies a save into them."""
    with _compose("cp", "watch.yaml") as running:
        yield running


@contextmanager
def devenv(*, watched: bool = True) -> Iterator[Running]:
    """devenv itself: `up -d`, and `watch` in the background."""
    with _temporary_bookstore("devenv") as bookstore:
        _write_environment(bookstore.root)
        call = [sys.executable, "-m", "devenv", "-f", str(bookstore.root / "devenv.yaml")]
        try:
            run([*call, "up", "-d"], bookstore.root)
            url = run([*call, "url", "web"], bookstore.root).strip()
            with watching(bookstore.root) if watched else nullcontext():
                yield Running("devenv", bookstore, url.rstrip("/"))
        finally:
            run([*call, "down", "-v", "-y"], bookstore.root)
            run(["docker", "image", "rm", "--force", "devenv/dvt-bench-devenv:dev"], bookstore.root)


@contextmanager
def watching(root: Path) -> Iterator[None]:
    """`devenv watch` in the background."""
    call = [sys.executable, "-m", "devenv", "-f", str(root / "devenv.yaml"), "watch"]
    with background(call, root, said="watching"):
        yield


def without_jobs(root: Path) -> None:
    """Take the migrations' job out of the copy's devenv.yaml: compose would run it again at each `up`."""
    path = root / "devenv.yaml"
    text, found, _ = path.read_text(encoding="utf-8").partition("\njobs:\n")
    assert found
    path.write_text(text, encoding="utf-8")
    call = [sys.executable, "-m", "devenv", "-f", str(path), "up", "-d"]
    run(call, root)


@contextmanager
def _server_that_reloads(name: str) -> Iterator[Running]:
    """The host's folder mounted into the containers; the server `name` follows the files by itself."""
    with _compose(name, f"{name}.yaml") as running:
        yield running


def server_versions() -> dict[str, str]:
    """The servers that the set-ups other than devenv install."""
    lines = (COMPOSE_FILES / "servers.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines)


SETUPS: dict[str, Callable[[], AbstractContextManager[Running]]] = {
    "devenv": devenv,
    "bind": bind_and_runserver,
    "watch": watch_and_runserver,
    **{name: partial(_server_that_reloads, name) for name in ("uvicorn", "gunicorn", "granian")},
}


@cache
def container_of(project: str, service: str) -> str:
    """The id of a compose project's container."""
    labels = (f"com.docker.compose.project={project}", f"com.docker.compose.service={service}")
    filters = [word for label in labels for word in ("--filter", f"label={label}")]
    return run(["docker", "ps", "--quiet", *filters], Path()).strip()


def _write_environment(root: Path) -> None:
    """The project's own devenv.yaml, for a copy that stands alone."""
    text = (Path(__file__).parents[1] / "devenv.yaml").read_text(encoding="utf-8")
    text = text.replace("name: bookstore\n", "name: dvt-bench-devenv\n").replace(
        "path: examples/bookstore", "path: ."
    )
    (root / "devenv.yaml").write_text(text, encoding="utf-8")


@contextmanager
def _compose(name: str, override: str) -> Iterator[Running]:
    with _temporary_bookstore(name) as bookstore:
        for file in COMPOSE_FILES.iterdir():
            shutil.copy(file, bookstore.root)
        try:
            run(_compose_call(name, override, "up", "--build", "--detach", "--quiet-pull"), bookstore.root)
            address = run(_compose_call(name, override, "port", "web", "8000"), bookstore.root).strip()
            _wait_until_answers(f"http://{address}/health/")
            yield Running(name, bookstore, f"http://{address}")
        finally:
            down = ("down", "--volumes", "--rmi", "local", "--timeout", "2")
            run(_compose_call(name, override, *down), bookstore.root)


def _compose_call(name: str, override: str, *arguments: str) -> list[str]:
    files = ("--file", "compose.yaml", "--file", override)
    return ["docker", "compose", "--project-name", f"dvt-bench-{name}", *files, *arguments]


@contextmanager
def _temporary_bookstore(name: str) -> Iterator[Bookstore]:
    with tempfile.TemporaryDirectory(prefix=f"dvt-bench-{name}-", ignore_cleanup_errors=True) as folder:
        yield copy_bookstore(Path(folder) / "bookstore")


def run(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=_surroundings(),
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-SHOWN_OF_A_FAILURE:]
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    return done.stdout


@contextmanager
def background(command: Sequence[str], folder: Path, *, said: str) -> Iterator[int]:
    """Run a command until the block ends, which begins when it printed `said`: its process id."""
    with tempfile.NamedTemporaryFile("w+", suffix=".log") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=_surroundings(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + 60
            while said not in Path(log.name).read_text(encoding="utf-8").lower():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{' '.join(command)} did not start:\n{Path(log.name).read_text()}")
                time.sleep(0.1)
            yield process.pid
        except SystemExit as failure:
            said_last = Path(log.name).read_text(encoding="utf-8")[-SHOWN_OF_A_FAILURE:]
            raise SystemExit(f"{failure}\n{' '.join(command)} said last:\n{said_last}") from failure
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _surroundings() -> dict[str, str]:
    """The environment of every call; containers are given the certificates that this machine trusts."""
    certificates = ssl.get_default_verify_paths().cafile or os.devnull
    return {**os.environ, "CERTIFICATES": certificates, "PYTHONUNBUFFERED": "1"}


def _wait_until_answers(url: str) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (OSError, urllib.error.URLError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
