"""Which responses are pages, and where our script goes in them. Pure: bytes and headers in, the same out."""

from __future__ import annotations

import re
from typing import Callable, List, NamedTuple, Optional, Tuple

from .errorpage import prefers_html
from .policy import judge
from .script import VERSION

PREFIX = "/.devenv/"
SCRIPT_PATH = PREFIX + "refresh.js"
EVENTS_PATH = PREFIX + "events"
OBSTACLE_HEADER = "X-Devenv-Refresh"

NAVIGATIONS = ("document", "iframe", "frame")
PARTIALS = ("hx-request", "turbo-frame", "x-pjax", "x-up-version")
WITHOUT_BODY = (204, 205, 206, 304)
VALIDATORS = ("etag", "last-modified", "content-md5", "digest", "repr-digest")
ATTRIBUTES = rb"""(?:\s(?:[^>"']|"[^"]*"|'[^']*')*)?"""
HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml[^>]*>)?(?:\s|<!--.*?-->)*"
    rb"(?:(?P<doctype><!doctype\s+html\b[^>]*>)(?:\s|<!--.*?-->)*)?"
    rb"(?:(?P<html><html" + ATTRIBUTES + rb">)(?:\s|<!--.*?-->)*)?"
    rb"(?P<head><head" + ATTRIBUTES + rb">)?",
    re.IGNORECASE | re.DOTALL,
)
LONGEST_LEAD_BYTES = 1 << 16

Headers = List[Tuple[str, str]]


class Asked(NamedTuple):
    """A request. header: its value by the name in small letters, "" where it has none."""

    method: str
    path: str
    header: Callable[[str], str]

    @property
    def wants_page(self) -> bool:
        """Whether a browser will show what it gets as a page of its own.

        Sec-Fetch-Dest tells, where the browser trusts the address (localhost), else what it accepts.
        """
        if any(self.header(name) for name in PARTIALS):
            return False
        destination = self.header("sec-fetch-dest")
        if destination:
            return destination in NAVIGATIONS
        return prefers_html(self.header("accept")) and not self.header("x-requested-with")


def is_page(status: int, headers: Headers) -> bool:
    """Whether a response's head is that of a page whose bytes can be added to."""
    values = {name.lower(): value.lower() for name, value in headers}
    kind = values.get("content-type", "").partition(";")[0].strip()
    return (
        kind == "text/html"
        and status >= 200
        and status not in WITHOUT_BODY
        and values.get("content-encoding", "identity") == "identity"
        and "attachment" not in values.get("content-disposition", "")
    )


def tag_for(asked: Asked, status: int, headers: Headers, mark: str) -> Tuple[bytes, str]:
    """What a response's page gets inserted (b"": nothing), and what in its policy forbids that.

    A policy is never changed: development must show what it will do in production.
    """
    if not is_page(status, headers):
        return b"", ""
    policies = [value for name, value in headers if name.lower() == "content-security-policy"]
    verdict = judge(policies, asked.header("host"))
    if verdict.obstacle:
        return b"", verdict.obstacle
    return script_tag(mark, asked.method, verdict.nonce), ""


def script_tag(mark: str, method: str, nonce: str) -> bytes:
    """The element that makes a page refresh itself. Each value is one of ours, or checked by who gives it."""
    words = ['<script async src="%s?%s" data-mark="%s"' % (SCRIPT_PATH, VERSION, mark)]
    if method not in ("GET", "HEAD"):
        words.append("data-sent")
    if nonce:
        words.append('nonce="%s"' % nonce)
    return (" ".join(words) + "></script>").encode("ascii")


def insert(chunk: bytes, tag: bytes) -> Optional[bytes]:
    """The first bytes of a page with `tag` as the first thing in its head; None where they begin no page.

    A fragment that a script asked for has neither doctype nor <html>.
    """
    match = HEAD.match(chunk, 0, LONGEST_LEAD_BYTES)
    if match is None or not (match["doctype"] or match["html"] or match["head"]):
        return None
    end = max(match.end(name) for name in ("doctype", "html", "head"))
    return chunk[:end] + tag + chunk[end:]


def with_longer_body(headers: Headers, more: int) -> Headers:
    """The headers of a page that grew: its new length, and nothing by which a cache takes it for the same."""
    return [
        (name, str(int(value) + more) if name.lower() == "content-length" and value.isdigit() else value)
        for name, value in headers
        if name.lower() not in VALIDATORS
    ]


def looked_after(status: int, headers: Headers) -> Headers:
    """The headers of anything else: where the app leaves it to the browser, it has to ask whether it changed.

    Without that a script or style sheet that was just edited could come from the browser's cache.
    """
    names = {name.lower() for name, _ in headers}
    is_dated = bool(names & {"etag", "last-modified"}) and not names & {"cache-control", "expires"}
    return [*headers, ("Cache-Control", "no-cache")] if is_dated and status in (200, 304) else headers
