"""What never ends by itself, streams and websockets, is cut when its grace is over, its process ended."""

from __future__ import annotations

import http.client
import sys
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.contract.agents import PATIENCE_SECONDS, running, write
from tests.contract.test_agent_commands import wait_until
from tests.contract.test_agent_servers import CHAT, LAYER, ROOM, SERVERS, chat, said, site
from tests.contract.test_agent_serving import host_pids, is_running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")
STREAM = {
    "shop/views.py": """
        import time
        from django.http import HttpResponse, StreamingHttpResponse
        from . import prices
        def price(request):
            return HttpResponse(str(prices.PRICE))
        def stream(request):
            def events():
                while True:
                    yield "data: %s\\n\\n" % prices.PRICE
                    time.sleep(0.05)
            return StreamingHttpResponse(events(), content_type="text/event-stream")
        async def async_stream(request):
            import asyncio
            async def events():
                while True:
                    yield "data: %s\\n\\n" % prices.PRICE
                    await asyncio.sleep(0.05)
            return StreamingHttpResponse(events(), content_type="text/event-stream")
    """,
    "site1/urls.py": """
        from django.urls import path
        from shop import views
        urlpatterns = [path("", views.price), path("wsgi", views.stream), path("asgi", views.async_stream)]
    """,
}


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (("--wsgi", "site1.wsgi:application"), "wsgi"),
        (("--asgi", "site1.asgi:application"), "asgi"),
        *[(("--", *SERVERS[name]), "wsgi") for name in ("runserver", "gunicorn")],
        *[(("--", *SERVERS[name]), "asgi") for name in ("uvicorn", "daphne")],
    ],
)
def test_an_endless_stream_is_cut_and_never_tells_new_code(
    tmp_path: Path, server: tuple[str, ...], kind: str
) -> None:
    site(tmp_path / "app")
    write(tmp_path / "app", STREAM)
    if "gunicorn" in server:
        server = (*server, "--threads", "2")
    with running(tmp_path, "--grace", "1", *server) as agent:
        host, old = agent.ready(), host_pids(agent)[0]
        connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", f"/{kind}")
        response = connection.getresponse()
        assert response.readline() == b"data: 1\n"
        host.save("shop/prices.py", "PRICE = 2\n")
        assert agent.get().text == "2"
        assert {line for line in rest_of(response) if line.strip()} == {b"data: 1\n"}
        wait_until(lambda: not is_running(old))
        connection.close()


def rest_of(response: http.client.HTTPResponse) -> list[bytes]:
    lines = []
    try:
        while line := response.readline():
            lines.append(line)
    except (http.client.HTTPException, OSError):
        pass  # cut in the middle of a chunk
    return [line for line in lines if line.endswith(b"\n")]


@pytest.mark.parametrize(
    "server", [("--asgi", "site1.asgi:application"), ("--", *SERVERS["uvicorn"]), ("--", *SERVERS["daphne"])]
)
def test_an_open_websocket_is_cut_and_its_process_is_gone(tmp_path: Path, server: tuple[str, ...]) -> None:
    site(tmp_path / "app")
    write(tmp_path / "app", {"site1/asgi.py": CHAT, "shop/chat.py": ROOM})
    with (tmp_path / "app/site1/settings.py").open("a", encoding="utf-8") as settings:
        settings.write(LAYER)
    with running(tmp_path, "--grace", "1", *server) as agent:
        host, old = agent.ready(), host_pids(agent)[0]
        with chat(agent) as ada:
            assert said(ada, [ada], "hello") == [{"text": "hello", "price": 1}]
            host.save("shop/prices.py", "PRICE = 2\n")
            with pytest.raises(ConnectionClosed):
                ada.recv(timeout=PATIENCE_SECONDS)
            wait_until(lambda: not is_running(old))
