"""Which callable serves a project's pages."""

from __future__ import annotations

from datetime import date

import pytest

from devenv.detect.compose_file import ComposeService
from devenv.detect.finding import Place
from devenv.detect.proposal import ProposedProcess
from devenv.detect.serving import find_served
from devenv.detect.sockets import beside_pages, has_old_channels, without_pages
from devenv.detect.tree import Tree
from devenv.detect.values import Namespace
from tests.unit.detect.trees import gone_through, tree

ROUTING = """\
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path, re_path
from sockets import consumers
application = ProtocolTypeRouter({
    "http": AuthMiddlewareStack(URLRouter([%s])),
    "websocket": URLRouter([path("ws/", consumers.Chat.as_asgi())]),
})
"""
EVENTS = 'path("events/", consumers.Events.as_asgi())'


@pytest.mark.parametrize(
    ("routes", "served"),
    [
        (EVENTS, ("wsgi", "shop.wsgi:application")),
        (f'{EVENTS}, re_path("", get_asgi_application())', ("asgi", "shop.routing:application")),
    ],
)
def test_an_asgi_application_that_has_only_consumers_leaves_pages_to_wsgi(
    routes: str, served: tuple[str, str]
) -> None:
    settings, _ = gone_through(
        "INSTALLED_APPS = ['channels']\n"
        "ASGI_APPLICATION = 'shop.routing.application'\nWSGI_APPLICATION = 'shop.wsgi.application'\n"
    )
    files = tree({"shop/routing.py": ROUTING % routes, "shop/wsgi.py": "", "settings.py": ""})
    found = find_served(files, (".",), settings, (), ())
    assert found is not None
    assert (found.topic, found.value) == served


WEBSOCKETS = 'ProtocolTypeRouter({"websocket": URLRouter([path("ws/", Chat.as_asgi())])})'
BOTH = 'ProtocolTypeRouter({"http": get_asgi_application(), "websocket": URLRouter([])})'


def routed(application: str) -> tuple[Tree, Namespace]:
    settings, _ = gone_through("ASGI_APPLICATION = 'shop.asgi.application'\nINSTALLED_APPS = ['channels']\n")
    files = {"shop/asgi.py": f"application = {application}\n", "shop/wsgi.py": "", "settings.py": ""}
    return tree(files), settings


@pytest.mark.parametrize(
    ("application", "version", "day", "topic"),
    [
        (WEBSOCKETS, "4.0.0", None, "wsgi"),
        (WEBSOCKETS, "", None, "wsgi"),
        (WEBSOCKETS, "3.0.5", None, "asgi"),
        (WEBSOCKETS, "", date(2021, 1, 1), "asgi"),
        (BOTH, "4.0.0", None, "asgi"),
    ],
)
def test_websockets_alone_leave_pages_to_wsgi_since_channels_4(
    application: str, version: str, day: date | None, topic: str
) -> None:
    files, settings = routed(application)
    is_old = has_old_channels(version, day)
    found = find_served(files, (".",), settings, (), (), has_old_channels=is_old)
    assert found is not None
    assert found.topic == topic


def test_consumers_without_pages_are_served_beside_them() -> None:
    files, settings = routed(WEBSOCKETS)
    lacking = without_pages(files, (".",), settings, "shop.asgi:application", has_old_channels=False)
    assert beside_pages("shop.asgi:application", lacking, (), 8000) == (
        "websocket",
        ProposedProcess("", "shop/asgi.py:1", asgi="shop.asgi:application", port=8001),
    )


@pytest.mark.parametrize(
    ("ports", "port"),
    [((), None), (("8010:9000",), 8010), (("127.0.0.1:8010:9000",), 8010), (("8000:8000",), None)],
)
def test_a_server_of_websockets_keeps_the_port_at_which_clients_look_for_it(
    ports: tuple[str, ...], port: int | None
) -> None:
    compose = (
        ComposeService(name="web", place=Place("compose.yaml", 2), command="gunicorn shop.wsgi"),
        ComposeService(name="Live", place=Place("compose.yaml", 5), command="daphne shop.asgi", ports=ports),
    )
    found = beside_pages("shop.asgi:application", None, compose, 8000)
    told = ("live", ProposedProcess("", "compose.yaml:5", asgi="shop.asgi:application", port=port or 0))
    assert found == (told if port else None)
