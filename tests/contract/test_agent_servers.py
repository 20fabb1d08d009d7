"""Servers that are written as a process's command: they serve the held port, and reload from the chain."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

from devenv.agent.limit import TOLD
from tests.contract.agents import (
    PATIENCE_SECONDS,
    PORT,
    Agent,
    Answer,
    Client,
    django_project,
    running,
    write,
)
from tests.contract.test_agent_commands import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")
SERVERS = {
    "runserver": ("python", "manage.py", "runserver", "0.0.0.0:" + PORT),
    "uvicorn": ("uvicorn", "--reload", "--host", "0.0.0.0", "--port", PORT, "site1.asgi:application"),
    "daphne": ("daphne", "-b", "0.0.0.0", "-p", PORT, "site1.asgi:application"),
    "gunicorn": ("gunicorn", "--reload", "-b", "0.0.0.0:" + PORT, "site1.wsgi"),
}
MANAGE = """
    import os, sys
    from django.core.management import execute_from_command_line
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
    execute_from_command_line(sys.argv)
"""
VIEWS = """
    import pathlib, time
    from django.http import HttpResponse
    from . import prices
    def price(request):
        return HttpResponse(str(prices.PRICE))
    def slow(request):
        pathlib.Path(request.GET["begun"]).touch()
        time.sleep(1)
        return HttpResponse("slow %s" % prices.PRICE)
"""
URLS = """
    from django.urls import path
    from shop import views
    urlpatterns = [path("", views.price), path("slow", views.slow)]
"""
CHAT = """
    import os
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
    from django.core.asgi import get_asgi_application
    django_application = get_asgi_application()
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.urls import path
    from shop.chat import Chat
    application = ProtocolTypeRouter({
        "http": django_application,
        "websocket": URLRouter([path("chat", Chat.as_asgi())]),
    })
"""
ROOM = """
    from channels.generic.websocket import AsyncJsonWebsocketConsumer
    from . import prices
    class Chat(AsyncJsonWebsocketConsumer):
        groups = ["room"]
        async def receive_json(self, content):
            await self.channel_layer.group_send("room", {"type": "said", "text": content["text"]})
        async def said(self, event):
            await self.send_json({"text": event["text"], "price": prices.PRICE})
"""
LOOP = "import time\nwhile True:\n    time.sleep(0.01)\n"
TWO_CALLS = """
    import os
    from django.core.asgi import get_asgi_application
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
    inner = get_asgi_application()
    class Router:  # as channels 2 has it
        def __call__(self, scope):
            async def rest(receive, send):
                await inner(scope, receive, send)
            return rest
    application = Router()
"""
TOO_EARLY = """
    import os
    from django.core.asgi import get_asgi_application
    from shop.stock import Stock  # Django is not set up yet
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
    application = get_asgi_application()
"""
STOCK = """
    from django.contrib.auth.models import User
    class Stock:
        owner = User
"""
LAYER = 'CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}\n'


def site(root: Path) -> None:
    django_project(root)
    write(root, {"manage.py": MANAGE, "shop/views.py": VIEWS, "site1/urls.py": URLS})


@pytest.fixture(params=SERVERS)
def agent(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agent]:
    site(tmp_path / "app")
    with running(tmp_path, "--", *SERVERS[request.param]) as agent:
        yield agent


def test_no_request_is_refused_and_none_sent_after_a_save_is_stale(agent: Agent) -> None:
    host = agent.ready()
    client = Client(agent.port)
    with client.asking(threads=2):
        for price in ("2", "3", "4"):
            host.commit({"shop/prices.py": f"PRICE = {price}\n"})
            assert agent.get().text == price
    assert client.failures == []
    assert {answer.text for _, answer in client.answers} <= {"1", "2", "3", "4"}


def test_a_request_under_way_is_answered_while_the_next_process_serves(agent: Agent, tmp_path: Path) -> None:
    host = agent.ready()
    answers: list[Answer] = []
    begun = tmp_path / "begun"
    asking = threading.Thread(target=lambda: answers.append(agent.get(f"/slow?begun={begun}")))
    asking.start()
    wait_until(begun.exists)
    assert host.save("shop/prices.py", "PRICE = 2\n").rung == "chain"
    assert agent.get().text == "2"
    asking.join()
    assert [answer.text for answer in answers] == ["slow 1"]


def test_code_that_does_not_start_is_shown_and_heals(agent: Agent) -> None:
    host = agent.ready()
    assert host.save("shop/prices.py", "PRICE = 1 / 0\n").action == "failed"
    answer = agent.get(accept="application/json")
    assert (answer.status, json.loads(answer.text)["detail"]) == (500, "ZeroDivisionError: division by zero")
    assert host.save("shop/prices.py", "PRICE = 5\n").action == "reload"
    assert agent.get().text == "5"


@pytest.mark.parametrize("server", [SERVERS["runserver"], SERVERS["uvicorn"]])
def test_a_loop_at_import_is_ended_with_the_place_where_it_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DEVENV_START_SECONDS", "8")
    site(tmp_path / "app")
    with running(tmp_path, "--", *server) as agent:
        host = agent.ready()
        assert host.save("shop/prices.py", LOOP).action == "failed"
        problem = json.loads(agent.get(accept="application/json").text)
        assert problem["detail"] == "StartTakesTooLong: " + TOLD % 8
        assert problem["place"] == "shop/prices.py:3"
        assert host.save("shop/prices.py", "PRICE = 6\n").action == "reload"
        assert agent.get().text == "6"


@pytest.mark.parametrize(
    "server", [("--asgi", "site1.asgi:application"), ("--", *SERVERS["uvicorn"]), ("--", *SERVERS["daphne"])]
)
def test_a_chat_over_websockets_is_reloaded(tmp_path: Path, server: tuple[str, ...]) -> None:
    root = tmp_path / "app"
    site(root)
    write(root, {"site1/asgi.py": CHAT, "shop/chat.py": ROOM})
    with (root / "site1/settings.py").open("a", encoding="utf-8") as settings:
        settings.write(LAYER)
    with running(tmp_path, *server) as agent:
        host = agent.ready()
        with chat(agent) as ada, chat(agent) as ben:
            assert said(ada, [ada, ben], "hello") == [{"text": "hello", "price": 1}] * 2
            reloaded = host.save("shop/prices.py", "PRICE = 2\n")
            assert (reloaded.action, reloaded.rung) == ("reload", "chain")
            with chat(agent) as eve:
                assert said(eve, [eve], "new") == [{"text": "new", "price": 2}]
        assert agent.get().text == "2"


@pytest.mark.parametrize("server", [("--asgi", "site1.asgi:application"), ("--", *SERVERS["uvicorn"])])
def test_an_application_of_asgi_2_is_served(tmp_path: Path, server: tuple[str, ...]) -> None:
    site(tmp_path / "app")
    write(tmp_path / "app", {"site1/asgi.py": TWO_CALLS})
    with running(tmp_path, *server) as agent:
        host = agent.ready()
        assert agent.get().text == "1"
        assert host.save("shop/prices.py", "PRICE = 2\n").rung == "chain"
        assert agent.get().text == "2"


def test_models_that_are_imported_before_django_is_set_up_are_served_as_runserver_does(
    tmp_path: Path,
) -> None:
    site(tmp_path / "app")
    write(tmp_path / "app", {"site1/asgi.py": TOO_EARLY, "shop/stock.py": STOCK})
    told = {"DJANGO_SETTINGS_MODULE": "site1.settings"}
    with running(tmp_path, "--asgi", "site1.asgi:application", environment=told) as agent:
        host = agent.ready()
        assert agent.get().text == "1"
        assert host.save("shop/prices.py", "PRICE = 2\n").action == "reload"
        assert agent.get().text == "2"
        assert host.save("shop/stock.py", "STOCK = 1 / 0\n").action == "failed"


def chat(agent: Agent) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{agent.port}/chat", open_timeout=PATIENCE_SECONDS, close_timeout=10)


def said(speaker: ClientConnection, hearers: list[ClientConnection], text: str) -> list[object]:
    """What each hears once one of them spoke."""
    speaker.send(json.dumps({"text": text}))
    return [json.loads(hearer.recv(timeout=PATIENCE_SECONDS)) for hearer in hearers]
