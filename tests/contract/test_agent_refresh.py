"""Pages that refresh themselves: what is put into them, and the streams on which they hear of changes."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devenv.agent.protocol import State
from tests.contract.agents import PATIENCE_SECONDS, Agent, running, write
from tests.contract.test_agent_commands import wait_until
from tests.contract.test_agent_servers import SERVERS, site
from tests.contract.test_agent_serving import host_pids, is_running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")
NAVIGATION = {"Sec-Fetch-Dest": "document", "Accept": "text/html", "Accept-Encoding": "gzip"}
BEGIN = "<!doctype html><html><head><meta charset='utf-8'><title>Gr\u00fc\u00dfe</title></head><body>"
HTML = f"{BEGIN}{'a paragraph ' * 30}</body></html>"
VIEWS = """
    import asyncio, io, os, time
    from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
    from django.views.decorators.csrf import csrf_exempt
    from django.views.decorators.http import etag
    from . import prices
    from .html import HTML
    def price(request):
        return HttpResponse(str(prices.PRICE))
    @csrf_exempt
    def plain(request):
        return HttpResponse(HTML)
    def latin(request):
        return HttpResponse(HTML.encode("latin-1"), content_type="text/html; charset=iso-8859-1")
    def fragment(request):
        return HttpResponse("<p>a part</p>")
    @etag(lambda request: "always")
    def dated(request):
        return HttpResponse(HTML)
    def file(request):
        return FileResponse(io.BytesIO(HTML.encode()), filename="a.html", content_type="text/html")
    def download(request):
        return FileResponse(io.BytesIO(HTML.encode()), filename="a.html", as_attachment=True)
    def nonce(request):
        return HttpResponse(HTML, headers={"Content-Security-Policy": "script-src 'nonce-once'"})
    def forbidden(request):
        return HttpResponse(HTML, headers={"Content-Security-Policy": "default-src 'none'"})
    def packed(request):
        import gzip
        return HttpResponse(gzip.compress(HTML.encode()), headers={"Content-Encoding": "gzip"})
    def flow(request):
        return StreamingHttpResponse([HTML[:60], HTML[60:]])
    def slow(request):
        def parts():
            yield HTML[:60]
            while not os.path.exists(request.GET["until"]):
                time.sleep(0.01)
            yield HTML[60:]
        async def async_parts():  # in ASGI Django gathers all of what is not async before it serves any
            yield HTML[:60]
            while not os.path.exists(request.GET["until"]):
                await asyncio.sleep(0.01)
            yield HTML[60:]
        return StreamingHttpResponse(async_parts() if hasattr(request, "scope") else parts())
    def crash(request):
        return HttpResponse(1 / 0)
"""
NAMES = (
    "plain", "latin", "fragment", "dated", "file", "download", "nonce", "forbidden", "packed", "flow",
    "slow", "crash",
)  # fmt: skip
ROUTES = ", ".join(f"path('{name}', views.{name})" for name in NAMES)
URLS = (
    f"from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.price), {ROUTES}]\n"
)


def pages(root: Path) -> None:
    site(root)
    write(root, {"shop/views.py": VIEWS, "shop/html.py": f"HTML = {HTML!r}\n", "site1/urls.py": URLS})
    settings = (root / "site1/settings.py").read_text()
    gzipped = '"django.middleware.gzip.GZipMiddleware", "django.middleware.http.ConditionalGetMiddleware"'
    (root / "site1/settings.py").write_text(settings + f"\nMIDDLEWARE = [{gzipped}, *MIDDLEWARE]\n")


INTERFACES: dict[str, tuple[str, ...]] = {
    "wsgi": ("--wsgi", "site1.wsgi:application"),
    "asgi": ("--asgi", "site1.asgi:application"),
    **{name: ("--", *command) for name, command in SERVERS.items()},
}


@pytest.fixture(scope="module", params=INTERFACES)
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """An agent whose files stay as they are."""
    folder = tmp_path_factory.mktemp("shown")
    pages(folder / "app")
    with running(folder, *INTERFACES[request.param]) as agent:
        agent.ready()
        yield agent


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


def fetch(agent: Agent, path: str, *, method: str = "GET", **headers: str) -> Got:
    connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=PATIENCE_SECONDS)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        response = connection.getresponse()
        values = {name.lower(): value for name, value in response.getheaders()}
        return Got(response.status, values, response.read())
    finally:
        connection.close()


def visit(agent: Agent, path: str, *, method: str = "GET") -> Got:
    """As a browser goes to a page."""
    return fetch(agent, path, method=method, **NAVIGATION)


def split(body: bytes) -> tuple[bytes, bytes]:
    """What was inserted, and the rest."""
    begin = body.index(b"<script async src=")
    end = body.index(b"</script>", begin) + len(b"</script>")
    return body[begin:end], body[:begin] + body[end:]


@pytest.mark.parametrize("path", ["plain", "flow", "file", "dated"])
def test_a_page_has_the_script_and_is_else_what_the_app_made_of_it(shown: Agent, path: str) -> None:
    got = visit(shown, f"/{path}")
    inserted, rest = split(got.body)
    assert (got.status, rest.decode()) == (200, HTML)
    assert b'data-mark="' in inserted
    assert b"data-sent" not in inserted
    assert got.headers.get("content-length", str(len(got.body))) == str(len(got.body))
    assert (got.headers["x-devenv-generation"], got.headers["connection"]) == ("0", "close")
    assert {"etag", "last-modified", "content-encoding"}.isdisjoint(got.headers)


def test_other_charsets_nonces_and_forms_are_heeded(shown: Agent) -> None:
    assert split(visit(shown, "/latin").body)[1] == HTML.encode("latin-1")
    assert b'nonce="once"' in split(visit(shown, "/nonce").body)[0]
    assert b"data-sent" in split(visit(shown, "/plain", method="POST").body)[0]


def test_the_error_page_of_django_refreshes_itself_too(shown: Agent) -> None:
    got = visit(shown, "/crash")
    assert got.status == 500
    assert b"ZeroDivisionError" in split(got.body)[1]


@pytest.mark.parametrize("path", ["fragment", "download", "forbidden"])
def test_what_is_no_page_or_must_not_run_it_stays_as_it_is(shown: Agent, path: str) -> None:
    got, plain = visit(shown, f"/{path}"), fetch(shown, f"/{path}")
    assert got.body == plain.body
    assert b"refresh.js" not in got.body
    told = {"forbidden": "off: Content-Security-Policy connect-src"}.get(path)
    assert got.headers.get("x-devenv-refresh") == told


def test_what_is_compressed_all_the_same_is_left_alone(shown: Agent) -> None:
    got = visit(shown, "/packed")
    assert (gzip.decompress(got.body).decode(), got.headers["content-encoding"]) == (HTML, "gzip")


def test_what_a_script_or_a_client_asks_for_is_left_alone(shown: Agent) -> None:
    assert fetch(shown, "/plain").body.decode() == HTML
    assert fetch(shown, "/plain", Accept="text/html", Sec_Fetch_Dest="empty").body.decode() == HTML
    packed = fetch(shown, "/plain", Accept_Encoding="gzip")
    assert (gzip.decompress(packed.body).decode(), packed.headers["content-encoding"]) == (HTML, "gzip")
    etag = fetch(shown, "/dated").headers["etag"]
    again = fetch(shown, "/dated", If_None_Match=etag)
    assert (again.status, again.headers["cache-control"]) == (304, "no-cache")


def test_a_head_request_gets_the_head_of_the_page(shown: Agent) -> None:
    got, whole = visit(shown, "/plain", method="HEAD"), visit(shown, "/plain")
    assert (got.status, got.body) == (200, b"")
    assert (
        got.headers.get("content-length", whole.headers["content-length"]) == whole.headers["content-length"]
    )


def test_a_stream_is_not_held_back(shown: Agent, tmp_path: Path) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shown.port, timeout=PATIENCE_SECONDS)
    connection.request("GET", f"/slow?until={tmp_path / 'seen'}", headers=NAVIGATION)
    response = connection.getresponse()
    first = response.read1()
    assert b"refresh.js" in first
    (tmp_path / "seen").touch()
    assert split(first + response.read())[1].decode() == HTML
    connection.close()


def test_the_script_comes_from_the_same_port_and_may_be_kept(shown: Agent) -> None:
    got = fetch(shown, "/.devenv/refresh.js?anything")
    assert (got.status, got.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "immutable" in got.headers["cache-control"]
    assert b"EventSource" in got.body
    assert fetch(shown, "/.devenv/else").status == 404


def test_the_script_can_be_left_out(tmp_path: Path) -> None:
    pages(tmp_path / "app")
    with running(tmp_path, "--no-refresh", *INTERFACES["wsgi"]) as agent:
        host = agent.ready()
        got = visit(agent, "/plain")
        assert (gzip.decompress(got.body).decode(), got.headers["content-encoding"]) == (HTML, "gzip")
        assert b"Page not found" in fetch(agent, "/.devenv/refresh.js").body  # the app's own answer
        host.save("shop/prices.py", "PRICE = 1 / 0\n")
        assert b"refresh.js" not in visit(agent, "/plain").body


@dataclass
class Stream:
    """An open page's stream."""

    connection: socket.socket
    read: bytes = b""

    def news(self) -> dict[str, Any]:
        """The next piece of news."""
        while b"\ndata: " not in self.read or not self.read.endswith(b"\n\n"):
            data = self.connection.recv(65536)
            assert data, "the stream ended"
            self.read += data
        event, _, self.read = self.read.partition(b"\ndata: ")[2].partition(b"\n\n")
        return dict(json.loads(event))


@contextmanager
def listening(agent: Agent, since: str, *, again: str = "") -> Iterator[Stream]:
    """As a page made of `since` does. again: what it heard last, where it connects anew."""
    with socket.create_connection(("127.0.0.1", agent.port), PATIENCE_SECONDS) as connection:
        told = f"Last-Event-ID: {again}\r\n" if again else ""
        request = f"GET /.devenv/events?since={since} HTTP/1.1\r\nHost: localhost\r\n{told}\r\n"
        connection.sendall(request.encode())
        stream = Stream(connection)
        while b"\r\n\r\nretry: 500\n\n" not in stream.read:
            stream.read += connection.recv(65536)
        assert stream.read.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        stream.read = stream.read.partition(b"retry: 500\n\n")[2]
        yield stream


def mark_of_page(agent: Agent, path: str = "/plain") -> str:
    return split(visit(agent, path).body)[0].decode().partition('data-mark="')[2].partition('"')[0]


@pytest.fixture(params=INTERFACES)
def agent(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agent]:
    pages(tmp_path / "app")
    with running(tmp_path, *INTERFACES[request.param]) as agent:
        yield agent


def test_a_page_hears_of_each_change_that_it_shows_and_of_no_other(agent: Agent) -> None:
    host = agent.ready()
    mark = mark_of_page(agent)
    boot = mark.partition(".")[0]
    assert mark == f"{boot}.0"
    with listening(agent, mark) as stream:
        host.save("shop/unloaded.py", "x = 1\n")
        host.save("shop/prices.py", "PRICE = 2\n")
        assert stream.news() == {"mark": f"{boot}.2", "sheets": []}
        assert agent.get().text == "2"  # it hears when the new code serves, not before

        host.save("shop/static/shop.css", "body { color: red }", "static")
        assert stream.news() == {"mark": f"{boot}.3", "sheets": ["shop/static/shop.css"]}
        wait_until(lambda: mark_of_page(agent) == f"{boot}.3")  # other servers hear of it in a thread
        host.save("shop/templates/page.html", "two", "template")
        assert stream.news() == {"mark": f"{boot}.4", "sheets": []}

        host.save("shop/prices.py", "PRICE = 1 / 0\n")
        assert stream.news() == {"mark": f"{boot}.5.broken", "sheets": []}
        assert mark_of_page(agent) == f"{boot}.5.broken"
        host.save("shop/prices.py", "PRICE = 3\n")
        assert stream.news() == {"mark": f"{boot}.6", "sheets": []}
    with listening(agent, mark) as late:
        assert late.news() == {"mark": f"{boot}.6", "sheets": []}
    host.save("shop/static/shop.css", "body { color: blue }", "static")
    with listening(agent, mark, again=f"{boot}.6") as back:
        assert back.news() == {"mark": f"{boot}.7", "sheets": ["shop/static/shop.css"]}


def test_open_pages_take_nothing_of_the_app_and_keep_no_process_from_leaving(agent: Agent) -> None:
    host = agent.ready()
    mark = mark_of_page(agent)
    with ExitStack() as stack:
        streams = [stack.enter_context(listening(agent, mark)) for _ in range(40)]
        assert agent.get().text == "1"
        old = host_pids(agent)[0]
        host.save("shop/prices.py", "PRICE = 2\n")
        assert {stream.news()["mark"] for stream in streams} == {mark.replace(".0", ".1")}
        assert agent.get().text == "2"
        wait_until(lambda: not is_running(old))
        assert "did not end in time" not in agent.log.read_text()


def test_a_failure_that_heals_by_itself_is_news(tmp_path: Path) -> None:
    pages(tmp_path / "app")
    gate = tmp_path / "gate"
    (tmp_path / "app/shop/prices.py").write_text(f"PRICE = open({str(gate)!r}).read()\n")
    with running(tmp_path, *INTERFACES["wsgi"]) as agent:
        agent.connect().wait(State, state="broken")
        mark = mark_of_page(agent)
        assert mark.endswith(".0.broken")
        with listening(agent, mark) as stream:
            gate.write_text("7")
            assert stream.news() == {"mark": mark.replace(".broken", ""), "sheets": []}
        assert agent.get().text == "7"


def test_a_page_of_another_life_of_the_container_is_loaded_again(tmp_path: Path) -> None:
    pages(tmp_path / "app")
    with running(tmp_path, *INTERFACES["wsgi"]) as agent:
        agent.ready()
        before = mark_of_page(agent)
    with running(tmp_path, *INTERFACES["wsgi"]) as agent:
        agent.ready()
        with listening(agent, before) as stream:
            assert stream.news() == {"mark": mark_of_page(agent), "sheets": []}
