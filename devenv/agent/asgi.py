"""Inside the app: an ASGI application on the held socket, served by uvicorn."""

from __future__ import annotations

import asyncio
import select
from typing import Any, Callable

from .accepting import GENERATION_HEADER, obey
from .checkpoints import Link
from .control import Paused, Serving
from .resets import reset
from .wsgi import django_is_used, load_attribute, load_urls, serves_static_files

OWN_HEADERS = (GENERATION_HEADER.lower().encode("ascii"), b"connection")


class NoServer(Exception):
    """The app's environment has nothing that serves ASGI."""


def load(target: str, link: Link) -> Callable[[], None]:
    """Everything imported and nothing opened; call the result to serve."""
    try:
        import uvicorn
    except ImportError:
        raise NoServer("asgi needs a server: add uvicorn to the app's requirements") from None
    config = uvicorn.Config(lambda: _mark(_load_application(target), link), factory=True)
    config.load()  # the server's own modules first, as `uvicorn` does it
    return lambda: _server(config, link).run(sockets=[link.listener])


def _load_application(target: str) -> Any:
    application = load_attribute(target)
    if not django_is_used():
        return application
    from django.conf import settings

    if getattr(settings, "ROOT_URLCONF", None):
        load_urls()
    if not serves_static_files():
        return application
    from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

    return ASGIStaticFilesHandler(application)


def _mark(application: Any, link: Link) -> Any:
    """Each response names its generation and closes its connection (see wsgi.py)."""

    async def marked(scope: Any, receive: Any, send: Any) -> None:
        async def send_marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                generation = str(link.generation).encode("ascii")
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in OWN_HEADERS]
                own = list(zip(OWN_HEADERS, (generation, b"close")))
                message = {**message, "headers": kept + own}
            await send(message)

        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        while select.select([link.channel], [], [], 0)[0] and obey(link, reset) == (False, -1):
            pass  # what was committed before this request was sent is in force for it
        await application(scope, receive, send_marked)

    return marked


def _server(config: Any, link: Link) -> Any:
    import uvicorn

    class Server(uvicorn.Server):  # type: ignore[misc,unused-ignore]
        """uvicorn's server, listening to the agent as well."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            asyncio.get_running_loop().add_reader(link.channel.fileno(), self.obey)
            link.tell(Serving("uvicorn"))

        def obey(self) -> None:
            paused, grace_seconds = obey(link, reset)
            if paused:
                for server in self.servers:
                    server.close()
                link.tell(Paused())
            if grace_seconds >= 0:
                asyncio.get_running_loop().remove_reader(link.channel.fileno())
                self.config.timeout_graceful_shutdown = max(1, int(grace_seconds))
                self.should_exit = True

    return Server(config)
