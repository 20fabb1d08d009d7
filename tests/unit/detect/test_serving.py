"""Which callable serves a project's pages."""

from __future__ import annotations

import pytest

from devenv.detect.serving import find_served
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
