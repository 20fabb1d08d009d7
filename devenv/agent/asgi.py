"""Inside the app: an ASGI application on the held socket, served by uvicorn."""

from __future__ import annotations

import asyncio
import inspect
import os
import select
import sys
import time
from typing import Any, Callable, Dict, List

from .accepting import GENERATION_HEADER, obey, tell_warm_unless_awaited
from .checkpoints import Link
from .control import UVICORN, Paused, Serving, Warm
from .pages_asgi import prepare
from .resets import reset
from .sessions import SESSIONS
from .visits import hand_over_read
from .wsgi import django_is_used, load_attribute, load_urls, serves_static_files

SETTLE_SECONDS = 0.05  # for connections that were accepted and not yet read from: uvicorn would close them
NOT_FROM_COMMAND = {
    "app", "factory", "host", "port", "uds", "fd", "reload", "reload_dirs", "reload_includes",
    "reload_excludes", "reload_delay", "workers", "headers",
}  # fmt: skip
OWN_HEADERS = (GENERATION_HEADER.lower().encode("ascii"), b"connection")


class NoServer(Exception):
    """The app's environment has nothing that serves ASGI."""


def load(target: str, link: Link) -> Callable[[], None]:
    """Everything imported and nothing opened; call the result to serve."""
    return _load(lambda: _load_application(target), {}, link)


def load_command(arguments: List[str], link: Link) -> Callable[[], None]:
    """The same for the command line of uvicorn: what it says but where to listen, which processes, reloading.

    uvicorn itself would load the application inside of its event loop, past which nothing can be forked.
    """
    import uvicorn
    from uvicorn.main import main

    said = main.make_context("uvicorn", list(arguments)).params
    known = set(inspect.signature(uvicorn.Config).parameters) - NOT_FROM_COMMAND
    options = {name: value for name, value in said.items() if name in known}
    options["headers"] = [tuple(header.split(":", 1)) for header in said.get("headers") or ()]
    sys.path.insert(0, said.get("app_dir") or os.getcwd())

    def application() -> Any:
        found = load_attribute(said["app"])
        found = in_one_call(found() if said.get("factory") else found)
        if django_is_used():
            load_urls()
        return found

    return _load(application, options, link)


def _load(application: Callable[[], Any], options: Dict[str, Any], link: Link) -> Callable[[], None]:
    try:
        import uvicorn
    except ImportError:
        raise NoServer("asgi needs a server: add uvicorn to the app's requirements") from None
    marked: List[Marked] = []

    def marked_application() -> Marked:
        marked.append(Marked(application(), link))
        return marked[0]

    config = uvicorn.Config(marked_application, factory=True, **options)
    config.load()  # the server's own modules first, then the application, as `uvicorn` does it
    config.http_protocol_class = _handing_over(config.http_protocol_class, marked[0], link)
    return lambda: _server(config, marked[0], link).run(sockets=[link.listener])


def _load_application(target: str) -> Any:
    application = in_one_call(_imported(target))
    if not django_is_used():
        return application
    if serves_static_files():
        from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

        application = ASGIStaticFilesHandler(application)
    load_urls()
    return application


def in_one_call(application: Any) -> Any:
    """An application of ASGI 2, which takes the scope alone and gives what takes the rest, as one of ASGI 3.

    Channels 2 makes such ones.
    """
    try:
        parameters = inspect.signature(application).parameters.values()
    except (TypeError, ValueError):
        return application
    if [each.kind for each in parameters] != [inspect.Parameter.POSITIONAL_OR_KEYWORD]:
        return application

    async def one_call(scope: Any, receive: Any, send: Any) -> None:
        await application(scope)(receive, send)

    return one_call


def _imported(target: str) -> Any:
    """What a target names; where that imports models too early, Django is set up first, as runserver does."""
    try:
        return load_attribute(target)
    except Exception as error:
        if type(error).__name__ != "AppRegistryNotReady" or "DJANGO_SETTINGS_MODULE" not in os.environ:
            raise
    import django

    django.setup()
    return load_attribute(target)


class Marked:
    """The application; each response names its generation and closes its connection (see wsgi.py)."""

    def __init__(self, application: Any, link: Link) -> None:
        self._application = application
        self._link = link
        self._is_warm = False
        self.listen: Callable[[], None] = lambda: None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request or carry one connection."""
        if scope["type"] == "websocket":
            self.tell_warm()
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return

        async def send_marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._mark(message.get("headers", ()))}
            await send(message)

        self.listen()  # what was committed before this request was sent is in force for it
        scope, send_page = prepare(scope, send_marked, self._link)
        await self._application(scope, receive, send_page)
        self.tell_warm()

    def tell_warm(self) -> None:
        """Somebody was answered."""
        if not self._is_warm:
            self._is_warm = True
            self._link.tell(Warm())

    def _mark(self, headers: Any) -> List[Any]:
        generation = str(self._link.generation).encode("ascii")
        kept = [pair for pair in headers if pair[0].lower() not in OWN_HEADERS]
        return kept + list(zip(OWN_HEADERS, (generation, b"close")))


def _server(config: Any, marked: Marked, link: Link) -> Any:
    import uvicorn

    class Server(uvicorn.Server):  # type: ignore[misc,unused-ignore]
        """uvicorn's server, listening to the agent as well."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            ear = Ear(self, link)
            marked.listen = ear.hear_what_is_there
            asyncio.get_running_loop().add_reader(link.channel.fileno(), ear.hear)
            link.announce(Serving(UVICORN, link.stages))
            tell_warm_unless_awaited(link)

    return Server(config)


def _handing_over(protocol_class: Any, marked: Marked, link: Link) -> Any:
    class HandingOver(protocol_class):  # type: ignore[misc]
        """uvicorn's protocol, less what is the agent's to answer."""

        def data_received(self, data: bytes) -> None:
            connection = self.transport.get_extra_info("socket")
            if self.cycle is None and hand_over_read(link, connection, data):
                self.transport.abort()
                marked.tell_warm()
            else:
                super().data_received(data)

    return HandingOver


class Ear:
    """What the agent says to a server that runs in an event loop."""

    def __init__(self, server: Any, link: Link) -> None:
        self._server = server
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._is_leaving = False
        self._paused_at = 0.0

    def hear_what_is_there(self) -> None:
        """Obey each message that has arrived."""
        while not self._is_leaving and select.select([self._link.channel], [], [], 0)[0]:
            self.hear()

    def hear(self) -> None:
        """Obey one message."""
        paused, grace_seconds = obey(self._link, reset, self._is_idle)
        if paused:
            self._stop_accepting()
            self._paused_at = time.monotonic()
            self._link.tell(Paused())
        if grace_seconds >= 0:
            self._is_leaving = True
            self._loop.remove_reader(self._link.channel.fileno())
            self._server.config.timeout_graceful_shutdown = max(1, int(grace_seconds))
            self._loop.call_later(SETTLE_SECONDS, self._exit)

    def _is_idle(self) -> bool:
        is_read = time.monotonic() - self._paused_at >= SETTLE_SECONDS
        return is_read and not self._server.server_state.tasks

    def _stop_accepting(self) -> None:
        """Closing asyncio's server would drop the connections that it has just accepted."""
        if isinstance(self._loop, asyncio.SelectorEventLoop):
            assert self._link.listener is not None
            self._loop.remove_reader(self._link.listener.fileno())
            return
        for server in self._server.servers:
            server.close()

    def _exit(self) -> None:
        if SESSIONS.in_use and self._server.server_state.tasks:
            self._loop.call_later(SETTLE_SECONDS, self._exit)
            return
        self._server.should_exit = True
