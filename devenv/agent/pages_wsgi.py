"""Inside the app: what a WSGI application answers, with the script in its pages."""

from __future__ import annotations

from typing import Any, Callable, Iterator, List, Optional, Tuple

from .checkpoints import Link
from .injection import OBSTACLE_HEADER, Asked, Headers, insert, looked_after, tag_for, with_longer_body
from .news import Mark

StartResponse = Callable[..., Callable[[bytes], object]]


def answer(application: Any, environ: Any, start_response: StartResponse, link: Link) -> Any:
    """Call the application; its response, whose page refreshes itself where it is one."""
    if not link.boot:
        return application(environ, start_response)
    asked = _asked(environ)
    if not asked.wants_page:
        return application(environ, _looking_after(start_response))
    environ.pop("HTTP_ACCEPT_ENCODING", None)  # what is compressed cannot be added to
    page = Page(asked, start_response, link)
    return page.of(application(environ, page.start))


def _asked(environ: Any) -> Asked:
    def header(name: str) -> str:
        value: str = environ.get("HTTP_" + name.upper().replace("-", "_"), "")
        return value

    return Asked(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), header)


def _looking_after(start_response: StartResponse) -> StartResponse:
    def start(status: str, headers: Headers, *exc_info: Any) -> Callable[[bytes], object]:
        return start_response(status, looked_after(_code(status), headers), *exc_info)

    return start


def _code(status: str) -> int:
    return int(status[:3]) if status[:3].isdigit() else 0


class Page:
    """A response whose head waits for its first bytes, which may change its length; nothing else waits."""

    def __init__(self, asked: Asked, start_response: StartResponse, link: Link) -> None:
        self._asked = asked
        self._start_response = start_response
        self._link = link
        self._held: Optional[Tuple[Any, ...]] = None
        self._tag = b""
        self._begun = False
        self._body: Any = ()
        self._writes: Optional[Callable[[bytes], object]] = None

    def start(self, status: str, headers: Headers, *exc_info: Any) -> Callable[[bytes], object]:
        """What the application calls instead of the server's start_response."""
        mark = str(Mark(self._link.boot, self._link.generation))
        tag, obstacle = tag_for(self._asked, _code(status), headers, mark)
        if obstacle:
            headers = [*headers, (OBSTACLE_HEADER, "off: Content-Security-Policy " + obstacle)]
        self._tag, self._held = tag, (status, headers, *exc_info)
        return self._write if tag else self._release(headers)

    def of(self, body: Any) -> Any:
        """The body to give to the server: the application's own where nothing is added to it."""
        self._body = body
        return body if self._begun else self

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._body:
            if self._begun:
                yield chunk
            elif chunk:
                yield self._first(chunk)
        if not self._begun and self._held:
            self._release(self._held[1])

    def close(self) -> None:
        """As the server must call it where the body has it."""
        close = getattr(self._body, "close", None)
        if close is not None:
            close()

    def _first(self, chunk: bytes) -> bytes:
        assert self._held is not None
        longer = insert(chunk, self._tag) if self._tag else None
        headers: List[Any] = self._held[1]
        self._release(with_longer_body(headers, len(self._tag)) if longer is not None else headers)
        return chunk if longer is None else longer

    def _release(self, headers: Headers) -> Callable[[bytes], object]:
        assert self._held is not None
        self._begun = True
        return self._start_response(self._held[0], headers, *self._held[2:])

    def _write(self, data: bytes) -> object:
        """The old way to send a body: it comes before what is iterated, and nothing is added to it."""
        assert self._held is not None
        if self._writes is None:
            self._writes = self._release(self._held[1])
        return self._writes(data)
