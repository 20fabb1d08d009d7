"""A real agent as a subprocess on this machine, and the host's side of its protocol."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from devenv.agent import protocol
from devenv.agent.protocol import Commit, Committed, Decoder, Hello, React, Reloaded, Stage, State, encode
from devenv.agent.reading import Digests
from devenv.agent.tree import digest_of
from tests.ports import free_port

AGENT = Path(protocol.__file__).parent
PATIENCE_SECONDS = float(os.environ.get("DEVENV_TEST_PATIENCE_SECONDS") or 60)
PORT = "{port}"  # an argument of a command: the port that the agent has
Message = TypeVar("Message")


class Host:
    """A connection to an agent."""

    def __init__(self, path: Path, root: Path) -> None:
        self._root = root
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_SECONDS)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._decoder = Decoder()
        self._received: list[Any] = []
        self._batch = 0
        self.send(Hello(protocol.VERSION))

    def send(self, message: Any) -> None:
        self._socket.sendall(encode(message))

    def wait(self, kind: type[Message], **wanted: Any) -> Message:
        """The next message of `kind` whose fields are as `wanted`; earlier ones of the kind are dropped."""
        while True:
            while self._received:
                message = self._received.pop(0)
                if isinstance(message, kind) and all(getattr(message, k) == v for k, v in wanted.items()):
                    return message
            data = self._socket.recv(1 << 20)
            assert data, "the agent closed the connection"
            self._received += self._decoder.feed(data)

    def commit(
        self,
        files: dict[str, str] | None = None,
        *,
        removals: tuple[str, ...] = (),
        reactions: tuple[tuple[str, str], ...] | None = None,
    ) -> Committed:
        """One batch; edited Python files react as "code" unless `reactions` says otherwise."""
        self._batch += 1
        contents = {path: text.encode() for path, text in (files or {}).items()}
        pieces = [[path, 0, len(content)] for path, content in contents.items()]
        self.send(Stage(self._batch, pieces, b"".join(contents.values())))
        entries = [
            [path, "file", False, digest_of(content), len(content)] for path, content in contents.items()
        ]
        named = reactions if reactions is not None else tuple(("code", path) for path in contents)
        there = {path: Digests().entry("", str(self._root / path)) for path in [*contents, *removals]}
        expected = [[path, *entry] for path, entry in there.items() if entry is not None]
        self.send(
            Commit(self._batch, entries, list(removals), expected, [list(reaction) for reaction in named])
        )
        return self.wait(Committed, batch=self._batch)

    def save(self, path: str, text: str, kind: str = "code") -> Reloaded:
        """Save one file and wait for what the process did about it."""
        committed = self.commit({path: text}, reactions=((kind, path),))
        assert committed.problems == []
        return self.wait(Reloaded, generation=committed.generation)

    def react(self, generation: int, *reactions: tuple[str, str]) -> Reloaded:
        """What another agent committed."""
        self.send(React(generation, [list(reaction) for reaction in reactions]))
        return self.wait(Reloaded, generation=generation)

    def close(self) -> None:
        self._socket.close()


@dataclass
class Answer:
    """One HTTP response."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def generation(self) -> int:
        return int(self.headers["x-devenv-generation"])


@dataclass
class Agent:
    """A running agent."""

    process: subprocess.Popen[bytes]
    root: Path
    socket: Path
    log: Path
    port: int
    hosts: list[Host] = field(default_factory=list)

    def connect(self) -> Host:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.hosts.append(Host(self.socket, self.root))
                return self.hosts[-1]
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.02)

    def ready(self) -> Host:
        """A connection, once the process is ready."""
        host = self.connect()
        while True:
            state = host.wait(State)
            assert state.state != "broken", self.log.read_text()
            if state.state == "ready":
                return host

    def get(self, path: str = "/", accept: str = "*/*") -> Answer:
        return get(self.port, path, accept)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Another command of the agent, at the same socket."""
        command = [sys.executable, "-I", str(AGENT), *arguments, "--socket", str(self.socket)]
        return subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, check=False)


def get(port: int, path: str = "/", accept: str = "*/*") -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path, headers={"Accept": accept})
        response = connection.getresponse()
        body = response.read().decode()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)
    finally:
        connection.close()


@contextlib.contextmanager
def running(
    folder: Path,
    *arguments: str,
    python: str = sys.executable,
    root: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Agent]:
    """An agent with its source in `folder`/app, until the end of the block."""
    port = free_port()
    number = len(list(folder.glob("*.log")))
    agent_socket, log = folder / f"{number}.sock", folder / f"{number}.log"
    root = root or folder / "app"
    root.mkdir(exist_ok=True)
    flags = ["--name", "web", "--root", str(root), "--socket", str(agent_socket)]
    is_told = "--" not in arguments or any(PORT in argument for argument in arguments)
    served = ["--port", str(port)] if is_told else []
    named = [argument.replace(PORT, str(port)) for argument in arguments]
    command = [python, "-I", str(AGENT), "run", *flags, *served, *named]
    path = str(Path(python).parent) + os.pathsep + os.environ["PATH"]
    surroundings = {**os.environ, "PATH": path, **(environment or {})}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=root, env=surroundings, stdout=output, stderr=output, start_new_session=True
        )
    agent = Agent(process, root, agent_socket, log, port)
    try:
        yield agent
    finally:
        for host in agent.hosts:
            host.close()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(textwrap.dedent(text))


def django_project(root: Path) -> None:
    """A small project: settings, two apps, a template, a lazily imported module."""
    root.mkdir(exist_ok=True)
    write(root, DJANGO_FILES)


DJANGO_FILES = {
    "site1/__init__.py": "",
    "site1/settings.py": """
        from pathlib import Path
        BASE_DIR = Path(__file__).resolve().parent.parent
        SECRET_KEY = "for-tests"
        DEBUG = True
        ALLOWED_HOSTS = ["*"]
        USE_TZ = True
        ROOT_URLCONF = "site1.urls"
        GREETING = "hello"
        INSTALLED_APPS = [
            "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.staticfiles", "shop",
        ]
        MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
        TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        STATIC_URL = "static/"
    """,
    "site1/wsgi.py": """
        import os
        from django.core.wsgi import get_wsgi_application
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
        application = get_wsgi_application()
    """,
    "site1/asgi.py": """
        import os
        from django.core.asgi import get_asgi_application
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
        application = get_asgi_application()
    """,
    "site1/urls.py": """
        from django.urls import path
        from shop import views
        urlpatterns = [
            path("", views.price), path("page", views.page), path("slow", views.slow),
            path("lazy", views.lazy), path("modules", views.modules), path("settings", views.greeting),
            path("echo", views.echo),
        ]
    """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models
        class Book(models.Model):
            title = models.CharField(max_length=20)
    """,
    "shop/prices.py": "PRICE = 1\n",
    "shop/later.py": "VALUE = 'first'\n",
    "shop/unloaded.py": "",
    "shop/templates/page.html": "one",
    "shop/static/shop.css": "body {}",
    "shop/views.py": """
        import sys, time, hashlib, os
        from django.conf import settings
        from django.http import HttpResponse, JsonResponse
        from django.shortcuts import render
        from . import prices
        def price(request):
            return HttpResponse(str(prices.PRICE))
        def page(request):
            return render(request, "page.html")
        def slow(request):
            time.sleep(1)
            return HttpResponse("slow %s" % prices.PRICE)
        def lazy(request):
            from . import later
            return HttpResponse(later.VALUE)
        def greeting(request):
            return HttpResponse(settings.GREETING)
        def echo(request):
            return HttpResponse(request.META["REMOTE_ADDR"] + " " + request.method)
        def modules(request):
            files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
            return JsonResponse(files)
    """,
}


@dataclass
class Client:
    """Threads that never stop asking; what they saw that must not be."""

    port: int
    path: str = "/"
    answers: list[tuple[float, Answer]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def asking(self, threads: int) -> Iterator[None]:
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                sent = time.monotonic()
                try:
                    self.answers.append((sent, get(self.port, self.path)))
                except (OSError, http.client.HTTPException) as error:
                    self.failures.append(repr(error))

        workers = [threading.Thread(target=ask) for _ in range(threads)]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            stop.set()
            for worker in workers:
                worker.join()


def interpreters() -> list[str]:
    """Other Pythons to run the agent on: DEVENV_TEST_PYTHONS, else those on PATH."""
    named = os.environ.get("DEVENV_TEST_PYTHONS")
    names = named.split(os.pathsep) if named else [f"python3.{minor}" for minor in range(8, 15)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = [] if named else [str(path) for path in pyenv.glob("3.*/bin/python")]
    return _executables([*filter(None, map(shutil.which, names)), *installed], "(3, 8) <= version")


def old_interpreters() -> list[str]:
    """Pythons that cannot run the agent, but an app: DEVENV_TEST_OLD_PYTHONS, else those on PATH."""
    named = os.environ.get("DEVENV_TEST_OLD_PYTHONS")
    names = named.split(os.pathsep) if named else ["python2.7", "python3.5", "python3.6", "python3.7"]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = [] if named else [str(path) for path in pyenv.glob("[23].[5-7].*/bin/python")]
    return _executables([*filter(None, map(shutil.which, names)), *installed], "version < (3, 8)")


def _executables(pythons: list[str], wanted: str) -> list[str]:
    return sorted({path for path in (_executable(python, wanted) for python in pythons) if path})


def _executable(python: str, wanted: str) -> str:
    """The interpreter behind `python`; "" when its version is not wanted, or a shim without one."""
    code = f"import sys; version = sys.version_info; print(sys.executable if {wanted} else '')"
    answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False, timeout=20)
    return os.path.realpath(answer.stdout.strip()) if answer.stdout.strip() else ""
