"""Inside the app: Django's own handlers answer with the script in their pages, whichever server calls them.

For servers that are written as commands, which load the application in ways of their own.
"""

from __future__ import annotations

import sys
from typing import Any, Callable

from . import pages_asgi, pages_wsgi
from .accepting import GENERATION_HEADER
from .checkpoints import Link
from .injection import EVENTS_PATH, PREFIX, SCRIPT_PATH
from .script import SCRIPT

AGAIN_LATER = b"retry: 2000\n\n"


def install(link: Link) -> None:
    """Once everything is loaded, and past the last checkpoint."""
    wsgi = sys.modules.get("django.core.handlers.wsgi")
    if wsgi is not None:
        _wrap_wsgi(wsgi.WSGIHandler, link)
    asgi = sys.modules.get("django.core.handlers.asgi")
    if asgi is not None:
        _wrap_asgi(asgi.ASGIHandler, link)
    development_server = sys.modules.get("django.core.servers.basehttp")
    if development_server is not None:
        _close_connections(development_server.ServerHandler)


def _wrap_wsgi(kind: Any, link: Link) -> None:
    call = kind.__call__

    def marked_call(self: Any, environ: Any, start_response: Callable[..., Any]) -> Any:
        def start_marked(status: str, headers: Any, *exc_info: Any) -> Any:
            return start_response(status, [*headers, (GENERATION_HEADER, str(link.generation))], *exc_info)

        if link.boot and environ.get("PATH_INFO", "").startswith(PREFIX):
            return _stopgap_wsgi(environ["PATH_INFO"], start_marked)
        return pages_wsgi.answer(lambda *words: call(self, *words), environ, start_marked, link)

    kind.__call__ = marked_call


def _wrap_asgi(kind: Any, link: Link) -> None:
    call = kind.__call__

    async def marked_call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await call(self, scope, receive, send)
            return

        async def send_marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = [(GENERATION_HEADER, str(link.generation)), ("Connection", "close")]
                message = pages_asgi.with_headers(message, [*pages_asgi.text_headers(message), *own])
            await send(message)

        if link.boot and scope["path"].startswith(PREFIX):
            await _stopgap_asgi(scope["path"], send_marked)
            return
        scope, send_page = pages_asgi.prepare(scope, send_marked, link)
        await call(self, scope, receive, send_page)

    kind.__call__ = marked_call


def _close_connections(kind: Any) -> None:
    """One that is kept alive could meet a process that is leaving."""
    cleanup_headers = kind.cleanup_headers

    def cleanup_and_close(self: Any) -> None:
        cleanup_headers(self)
        self.headers["Connection"] = "close"
        self.request_handler.close_connection = True

    kind.cleanup_headers = cleanup_and_close


def _stopgap(path: str) -> Any:
    """The answer to a request that came on a connection opened without one, and so was not handed over."""
    if path == EVENTS_PATH:
        return 200, "text/event-stream", AGAIN_LATER
    if path == SCRIPT_PATH:
        return 200, "text/javascript; charset=utf-8", SCRIPT
    return 404, "text/plain", b""


def _stopgap_wsgi(path: str, start_response: Callable[..., Any]) -> Any:
    status, kind, body = _stopgap(path)
    start_response(
        "200 OK" if status == 200 else "404 Not Found",
        [("Content-Type", kind), ("Content-Length", str(len(body)))],
    )
    return [body]


async def _stopgap_asgi(path: str, send: Any) -> None:
    status, kind, body = _stopgap(path)
    headers = [[b"content-type", kind.encode()], [b"content-length", str(len(body)).encode()]]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
