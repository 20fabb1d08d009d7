from __future__ import annotations

from http.client import HTTPConnection, HTTPResponse
from io import BytesIO
from socket import socket
from typing import Any, cast

from devenv.engine.app_ready import AppAddress, ask, traceback_of


class OnlyHtml(HTTPConnection):
    """A view whose one renderer makes HTML, and what DRF answers who does not take that."""

    def send(self, data: Any) -> None:
        self.asked = data

    def getresponse(self) -> HTTPResponse:
        status = b"200 OK" if b"*/*" in self.asked else b"406 Not Acceptable"
        answer = HTTPResponse(cast(socket, Said(b"HTTP/1.1 %s\r\nContent-Length: 5\r\n\r\nbooks" % status)))
        answer.begin()
        return answer


class Said:
    """As much of a socket as an answer is read from."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._text)


def test_a_view_that_makes_only_html_answers_who_asks_whether_the_app_is_up() -> None:
    address = AppAddress(project_name="shop", process="web", port=8000)
    assert ask(address, OnlyHtml) == (200, "books")


def test_of_djangos_debug_page_the_traceback_is_told_not_the_settings() -> None:
    page = (
        "KeyError at /\n'SITE'\n\nRequest Method: GET\n\nTraceback (most recent call last):\n"
        '  File "/app/shop/views.py", line 3, in home\n    os.environ["SITE"]\n\n'
        "Exception Type: KeyError at /\nException Value: 'SITE'\nRequest information:\n"
        "Settings:\nX_FRAME_OPTIONS = 'DENY'\n\nYou're seeing this error because you have DEBUG = True"
    )
    assert traceback_of(page) == (
        "Traceback (most recent call last):\n"
        '  File "/app/shop/views.py", line 3, in home\n    os.environ["SITE"]\n'
        "KeyError: 'SITE'"
    )
