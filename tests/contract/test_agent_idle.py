"""Before data becomes another branch's, requests are held, and those under way are answered first."""

from __future__ import annotations

import http.client
import sys
import threading
from pathlib import Path

import pytest

from devenv.agent.protocol import Held, Hold, Release
from tests.contract.agents import PATIENCE_SECONDS, running, write
from tests.contract.test_agent_commands import BOT, WORDS, told, wait_until
from tests.contract.test_agent_grace import STREAM
from tests.contract.test_agent_servers import SERVERS, site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")
SLOW = {
    "shop/views.py": """
        import pathlib, time
        from django.http import HttpResponse
        def price(request):
            return HttpResponse("quick")
        def slow(request):
            pathlib.Path("begun").touch()
            time.sleep(1)
            pathlib.Path("ended").touch()
            return HttpResponse("slow")
    """,
    "site1/urls.py": """
        from django.urls import path
        from shop import views
        urlpatterns = [path("", views.price), path("slow", views.slow)]
    """,
}


@pytest.mark.parametrize(
    "server",
    [
        ("--wsgi", "site1.wsgi:application"),
        ("--asgi", "site1.asgi:application"),
        ("--", *SERVERS["runserver"]),
        ("--", *SERVERS["uvicorn"]),
    ],
)
def test_requests_count_as_held_when_those_under_way_are_answered(
    tmp_path: Path, server: tuple[str, ...]
) -> None:
    site(tmp_path / "app")
    write(tmp_path / "app", SLOW)
    with running(tmp_path, *server) as agent:
        host, answers = agent.ready(), []
        asking = threading.Thread(target=lambda: answers.append(agent.get("/slow").text))
        asking.start()
        wait_until((agent.root / "begun").exists)

        host.send(Hold(requests=True))
        host.wait(Held)

        assert (agent.root / "ended").exists()
        host.send(Release(""))
        asking.join(PATIENCE_SECONDS)
        assert answers == ["slow"]
        assert agent.get().text == "quick"


def test_two_hosts_are_told_where_nobody_asks(tmp_path: Path) -> None:
    site(tmp_path / "app")
    write(tmp_path / "app", SLOW)
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        host, other = agent.ready(), agent.connect()
        for each in (host, other):
            each.send(Hold(requests=True))
            each.wait(Held)
        for each in (host, other):
            each.send(Release(""))
        assert agent.get().text == "quick"


def test_a_stream_without_an_end_is_not_awaited(tmp_path: Path) -> None:
    site(tmp_path / "app")
    write(tmp_path / "app", STREAM)
    with running(tmp_path, "--grace", "1", "--wsgi", "site1.wsgi:application") as agent:
        host = agent.ready()
        connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/wsgi")
        response = connection.getresponse()
        assert response.readline() == b"data: 1\n"

        host.send(Hold(requests=True))
        host.wait(Held)

        host.send(Release(""))
        assert agent.get().text == "1"
        connection.close()


def test_a_command_does_nothing_while_it_is_held(tmp_path: Path) -> None:
    write(tmp_path / "app", {**BOT, "words.py": WORDS % "one"})
    out = tmp_path / "out"
    with running(tmp_path, "--", "python", "bot.py", str(out)) as agent:
        host = agent.ready()
        wait_until(lambda: [line[1] for line in told(out)] == ["begins"])

        host.send(Hold(requests=True))
        host.wait(Held)
        assert [line[1] for line in told(out)] == ["begins", "ends"]
        assert host.commit({"words.py": WORDS % "two"}).problems == []
        assert [line[1] for line in told(out)] == ["begins", "ends"]

        host.send(Release(""))
        wait_until(lambda: [line[1:] for line in told(out)[2:]] == [["begins", "two"]])
