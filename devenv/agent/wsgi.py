"""Inside the app: WSGI on the held socket, with the pieces of Django's own development server."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from functools import partial
from socketserver import ThreadingMixIn
from typing import Any, Callable, Optional, Tuple
from wsgiref import simple_server

from .accepting import GENERATION_HEADER, accept_until_stopped, is_awaited, tell_warm_unless_awaited
from .checkpoints import Link
from .control import Warm
from .pages_wsgi import answer
from .resets import reset
from .sessions import SESSIONS
from .visits import hand_over

MAX_REQUEST_LINE = 65536
FEW, ALL = 2, sys.maxsize  # requests at once
FEW_SECONDS = 0.2
WAITING = 0  # no flags: a browser may open a connection before it has a request


def load_attribute(target: str) -> Any:
    """What "package.module:attribute" names; the attribute may be dotted."""
    module_name, _, attribute = target.partition(":")
    found: Any = importlib.import_module(module_name)
    for name in (attribute or "application").split("."):
        found = getattr(found, name)
    return found


def load(target: str) -> Any:
    """The application, as runserver would serve it: with static files, and with every URL loaded."""
    application = load_attribute(target)
    if not django_is_used():
        return application
    _base_classes()
    if serves_static_files():
        from django.contrib.staticfiles.handlers import StaticFilesHandler

        application = StaticFilesHandler(application)
    load_urls()
    return application


def django_is_used() -> bool:
    """Whether the application that was loaded is a Django project."""
    conf = sys.modules.get("django.conf")
    return conf is not None and conf.settings.configured


def load_urls() -> None:
    """Import what a first request would: a mistake in a view must show at the start, as with runserver."""
    from django.conf import settings
    from django.urls import get_resolver

    if getattr(settings, "ROOT_URLCONF", None):
        _ = get_resolver().url_patterns


def serves_static_files() -> bool:
    """Whether runserver would serve static files in this project."""
    from django.apps import apps
    from django.conf import settings

    installed = apps.is_installed("django.contrib.staticfiles")
    return bool(settings.DEBUG and installed and not apps.is_installed("whitenoise.runserver_nostatic"))


def serve(application: Any, link: Link, alone_seconds: float) -> None:
    """Answer requests until the agent says stop and those under way are done. alone_seconds: see Warming."""
    warming = Warming(alone_seconds, partial(is_awaited, link), lambda: link.tell(Warm()))
    server = _make_server(link, warming)
    tell_warm_unless_awaited(link)
    server.set_app(lambda environ, start_response: answer(application, environ, start_response, link))
    grace_seconds = accept_until_stopped(link, server.accept_one, reset, lambda: server.is_idle)
    server.wait_until_idle(grace_seconds)
    SESSIONS.wait_for(lambda: server.is_idle)


def _make_server(link: Link, warming: Warming) -> Any:
    assert link.listener is not None
    server_class, request_class, response_class = _base_classes()

    class Response(response_class):  # type: ignore[misc,valid-type]
        """Closes its connection: one that is kept alive could meet a process that is leaving."""

        http_version = "1.1"

        def cleanup_headers(self) -> None:
            super().cleanup_headers()
            self.headers["Connection"] = "close"
            self.headers[GENERATION_HEADER] = str(link.generation)
            self.request_handler.close_connection = True

    class Request(request_class):  # type: ignore[misc,valid-type]
        """One request of one connection."""

        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            self.close_connection = True
            self.raw_requestline = self.rfile.readline(MAX_REQUEST_LINE + 1)
            if len(self.raw_requestline) > MAX_REQUEST_LINE:
                self.requestline, self.request_version, self.command = "", "", ""
                self.send_error(414)
            elif self.parse_request():
                response = Response(self.rfile, self.wfile, self.get_stderr(), self.get_environ())
                response.request_handler = self
                response.run(self.server.get_app())
                warming.answered()

    class Server(_CountingThreads, server_class):  # type: ignore[misc,valid-type]
        """Django's server class, on a socket that exists already."""

        def accept_one(self) -> None:
            """Take what waits, as far as there is room for it."""
            self.handle_request()
            self.wait_until_under(*warming.room())
            warming.look()

        def finish_request(self, request: Any, client_address: Any) -> None:
            if hand_over(link, request, WAITING):
                request.close()  # before it is shut down, which would reach the other process's, too
                warming.answered()
            else:
                super().finish_request(request, client_address)

    server = Server(link.listener.getsockname()[:2], Request, bind_and_activate=False)
    server.socket.close()
    server.socket = link.listener
    server.timeout = 0
    server.server_name, server.server_port = "localhost", link.listener.getsockname()[1]
    server.setup_environ()
    return server


def _base_classes() -> Tuple[Any, Any, Any]:
    if django_is_used():
        from django.core.servers import basehttp

        return basehttp.WSGIServer, basehttp.WSGIRequestHandler, basehttp.ServerHandler
    return simple_server.WSGIServer, simple_server.WSGIRequestHandler, simple_server.ServerHandler


class Warming:
    """The first moments of a new process, when requests come in that waited in the socket's queue.

    All at once they would share the interpreter's one lock, and each would be answered about when the last
    one is. So the first one, which opens a connection to the database and fills caches, has the process to
    itself, for alone_seconds at most; then they come in a few at a time, until none waits.
    waits: whether another one does. then: is called when the first is answered and none waits.
    """

    def __init__(self, alone_seconds: float, waits: Callable[[], bool], then: Callable[[], None]) -> None:
        self._alone_seconds = alone_seconds
        self._waits = waits
        self._then = then
        self._lock = threading.Lock()
        self._at_once = 1
        self._until: Optional[float] = None

    def room(self) -> Tuple[int, float]:
        """How many may be under way before another one is taken, and for how many seconds that holds."""
        with self._lock:
            if self._until is None:  # the first one was taken
                self._until = time.monotonic() + self._alone_seconds
            return self._at_once, max(0.0, self._until - time.monotonic())

    def answered(self) -> None:
        """A request has been answered."""
        now = time.monotonic()
        with self._lock:
            if self._at_once == 1:
                was_alone = self._until is None or now < self._until
                self._at_once, self._until = FEW, now + FEW_SECONDS if was_alone else now
        self.look()

    def look(self) -> None:
        """Be over when nobody waits, or for too long."""
        if self._at_once != FEW:
            return
        is_over = not self._waits() or time.monotonic() >= (self._until or 0.0)
        with self._lock:
            if self._at_once != FEW or not is_over:
                return
            self._at_once = ALL
        self._then()


class _CountingThreads(ThreadingMixIn):
    """A thread for each request, and knowledge of how many are under way."""

    daemon_threads = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        super().__init__(*arguments, **options)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._under_way += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way."""
        return self._under_way == 0

    def wait_until_idle(self, seconds: float) -> None:
        """Return when no request is under way, at the latest after `seconds`."""
        self.wait_until_under(1, seconds)

    def wait_until_under(self, number: int, seconds: float) -> None:
        """Return when fewer requests are under way, at the latest after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < number, seconds)
