"""A real browser on a site with a strict policy, compression and streams: it shows each save by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.contract.agents import Agent, Host, running, write
from tests.e2e.chromium import Tab, browsing, find_browser
from tests.e2e.waiting import eventually

BROWSER = find_browser()

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers"),
    pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine (Debian: apt install chromium)"),
]

SITE = {
    "strict/__init__.py": "",
    "strict/settings.py": """
        SECRET_KEY = "for-tests"
        DEBUG = True
        ALLOWED_HOSTS = ["*"]
        ROOT_URLCONF = "strict.urls"
        INSTALLED_APPS = ["django.contrib.staticfiles", "strict"]
        MIDDLEWARE = ["strict.views.with_policy", "django.middleware.gzip.GZipMiddleware"]
        TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
        STATIC_URL = "static/"
    """,
    "strict/wsgi.py": """
        import os
        from django.core.wsgi import get_wsgi_application
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "strict.settings")
        application = get_wsgi_application()
    """,
    "strict/urls.py": """
        from django.urls import path
        from strict import views
        urlpatterns = [path("page", views.page), path("stream", views.stream), path("closed", views.page)]
    """,
    "strict/words.py": "WORD = 'one'\n",
    "strict/views.py": """
        import secrets
        from django.http import StreamingHttpResponse
        from django.shortcuts import render
        from strict import words

        SCRIPTS = "script-src 'nonce-%s' 'strict-dynamic'"
        POLICY = "default-src 'none'; " + SCRIPTS + "; style-src 'self'; connect-src %s"


        def with_policy(get_response):
            def middleware(request):
                request.nonce = secrets.token_urlsafe(16)
                response = get_response(request)
                connections = "'none'" if request.path == "/closed" else "'self'"
                response["Content-Security-Policy"] = POLICY % (request.nonce, connections)
                return response
            return middleware


        def page(request):
            return render(request, "page.html", {"word": words.WORD, "nonce": request.nonce})


        def stream(request):
            pieces = ["<!doctype html><html><head><title>", words.WORD, "</title></head><body>", "x" * 500]
            return StreamingHttpResponse(pieces)
    """,
    "strict/templates/page.html": """\
        <!doctype html>
        <html><head><title>{{ word }}</title>
        <link rel="stylesheet" href="/static/strict.css">
        <script nonce="{{ nonce }}" src="/static/strict.js" defer></script>
        </head><body><h1>heading</h1></body></html>
    """,
    "strict/static/strict.css": "body { color: rgb(1, 1, 1) }\n",
    "strict/static/strict.js": "window.answer = 1\n",
}
COLOUR = "getComputedStyle(document.body).color"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Agent, Host, Tab]]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "app").mkdir()
    write(folder / "app", SITE)
    assert BROWSER is not None
    with (
        running(folder, "--wsgi", "strict.wsgi:application") as agent,
        browsing(BROWSER, folder / "profile") as tab,
    ):
        yield agent, agent.ready(), tab


def shows(tab: Tab, expression: str, wanted: object) -> None:
    eventually(lambda: tab.value(expression), lambda seen: seen == wanted, timeout_seconds=60)


def shown(site: tuple[Agent, Host, Tab], path: str) -> tuple[Host, Tab]:
    """The page is open, and listens."""
    agent, host, tab = site
    tab.open(f"http://127.0.0.1:{agent.port}{path}")
    tab.value("window.same = true")
    return host, tab


def test_a_style_sheet_is_swapped_and_a_script_loads_the_page_again(
    site: tuple[Agent, Host, Tab],
) -> None:
    host, tab = shown(site, "/page")
    shows(tab, f"{COLOUR} + window.answer", "rgb(1, 1, 1)1")
    host.save("strict/static/strict.css", "body { color: rgb(2, 2, 2) }\n", "static")
    shows(tab, f"{COLOUR} + window.same", "rgb(2, 2, 2)true")
    host.save("strict/static/strict.js", "window.answer = 2\n", "static")
    shows(tab, "window.answer + typeof window.same", "2undefined")


def test_code_and_templates_load_a_page_under_a_policy_of_nonces_again(
    site: tuple[Agent, Host, Tab],
) -> None:
    host, tab = shown(site, "/page")
    host.save("strict/words.py", "WORD = 'two'\n")
    shows(tab, "document.title", "two")
    template = SITE["strict/templates/page.html"].replace("heading", "another")
    host.save("strict/templates/page.html", template, "template")
    shows(tab, "document.querySelector('h1').textContent", "another")


def test_a_streamed_page_that_would_be_compressed_is_loaded_again(site: tuple[Agent, Host, Tab]) -> None:
    host, tab = shown(site, "/stream")
    host.save("strict/words.py", "WORD = 'streamed'\n")
    shows(tab, "document.title", "streamed")


def test_a_page_whose_policy_forbids_to_connect_is_left_alone(site: tuple[Agent, Host, Tab]) -> None:
    _, tab = shown(site, "/closed")
    assert tab.value("document.querySelectorAll('script[src*=devenv]').length") == 0
