"""Inside the app: what an ASGI application answers, with the script in its pages."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Dict, List, Optional, Tuple

from .checkpoints import Link
from .injection import OBSTACLE_HEADER, Asked, Headers, insert, looked_after, tag_for, with_longer_body
from .news import Mark

Message = Dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


def prepare(scope: Any, send: Send, link: Link) -> Tuple[Any, Send]:
    """The scope and the `send` that the application gets for one HTTP request."""
    if not link.boot:
        return scope, send
    asked = _asked(scope)
    if not asked.wants_page:
        return scope, _looking_after(send)
    # What is compressed cannot be added to.
    kept = [pair for pair in scope["headers"] if pair[0].lower() != b"accept-encoding"]
    return {**scope, "headers": kept}, Page(asked, send, link)


def _asked(scope: Any) -> Asked:
    values = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Asked(scope["method"], scope["path"], lambda name: values.get(name, ""))


def text_headers(message: Message) -> Headers:
    """The headers of a response's start, as text."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())]


def with_headers(message: Message, headers: Headers) -> Message:
    """A response's start with other headers."""
    rows: List[Any] = [[name.encode("latin-1"), value.encode("latin-1")] for name, value in headers]
    return {**message, "headers": rows}


def _looking_after(send: Send) -> Send:
    async def send_looked_after(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = with_headers(message, looked_after(message["status"], text_headers(message)))
        await send(message)

    return send_looked_after


class Page:
    """A response whose head waits for its first bytes, which may change its length; nothing else waits."""

    def __init__(self, asked: Asked, send: Send, link: Link) -> None:
        self._asked = asked
        self._send = send
        self._link = link
        self._held: Optional[Message] = None
        self._tag = b""

    async def __call__(self, message: Message) -> None:
        """What the application sends to."""
        if message["type"] == "http.response.start":
            await self._start(message)
            return
        if self._held is not None:
            if (
                message["type"] == "http.response.body"
                and not message.get("body")
                and message.get("more_body")
            ):
                return
            message = await self._release(message)
        await self._send(message)

    async def _start(self, message: Message) -> None:
        headers = text_headers(message)
        mark = str(Mark(self._link.boot, self._link.generation))
        self._tag, obstacle = tag_for(self._asked, message["status"], headers, mark)
        if self._tag:
            self._held = message
            return
        if obstacle:
            headers.append((OBSTACLE_HEADER, "off: Content-Security-Policy " + obstacle))
        await self._send(with_headers(message, headers))

    async def _release(self, message: Message) -> Message:
        """Send the head, and say what follows it."""
        held, self._held = self._held, None
        assert held is not None
        body = message.get("body", b"") if message["type"] == "http.response.body" else b""
        longer = insert(bytes(body), self._tag)
        if longer is None:
            await self._send(held)
            return message
        await self._send(with_headers(held, with_longer_body(text_headers(held), len(self._tag))))
        return {**message, "body": longer}
