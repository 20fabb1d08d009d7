"""Pages of the bookstore refresh themselves after a save: as their stream tells, and in a real browser."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import checks
from tests.e2e.chromium import Tab, browsing, find_browser
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

STYLE, TEMPLATE, PAGES = (
    "catalog/static/catalog/shop.css",
    "catalog/templates/catalog/index.html",
    "catalog/pages.py",
)
MARK = re.compile(r'<script async src="/\.devenv/refresh\.js\?\w+" data-mark="([^"]+)"')


def test_the_pages_of_the_app_the_api_and_the_admin_hear_of_each_save(scenario: Scenario, shop: Shop) -> None:
    project, bookstore = shop.project, shop.bookstore
    with project.watching():
        with scenario.step("each page has the script, whichever app made it; what is no page has it not"):
            for path in ("/", "/api/books/", "/admin/login/", "/no/such/page"):
                assert MARK.search(checks.ask(project, path, accept="text/html").text), path
            assert "refresh.js" not in checks.ask(project, "/api/books/").text
            mark = str(MARK.search(checks.ask(project, "/", accept="text/html").text)[1])  # type: ignore[index]

        with listening(project.address("web"), mark) as news:
            with scenario.step(
                "a style sheet is told by its path, code and templates are for the whole page"
            ):
                bookstore.edit(STYLE, "body {", "body { letter-spacing: 0;")
                assert next(news)["sheets"] == [STYLE]
                bookstore.save_serializer("told")
                assert next(news)["sheets"] == []
                assert checks.edition(project) == "told"

            with scenario.step(
                "a page hears when the code breaks, and the page of the failure when it heals"
            ):
                bookstore.edit(PAGES, "class IndexPage", "class = IndexPage")
                assert next(news)["mark"].endswith(".broken")
                failure = checks.ask(project, "/", accept="text/html")
                assert failure.status == 500
                assert MARK.search(failure.text)
                bookstore.edit(PAGES, "class = IndexPage", "class IndexPage")
                assert not next(news)["mark"].endswith(".broken")


@pytest.mark.skipif(
    find_browser() is None, reason="no chromium on this machine (Debian: apt install chromium)"
)
def test_a_browser_shows_what_was_saved(scenario: Scenario, shop: Shop, tmp_path: Path) -> None:
    project, bookstore, browser = shop.project, shop.bookstore, find_browser()
    assert browser is not None
    with project.watching(), browsing(browser, tmp_path / "profile") as tab:
        url = f"http://{project.address('web')}"
        tab.open(f"{url}/")

        with scenario.step("a style sheet is swapped in place: the page is still the same one"):
            tab.value("window.same = true")
            bookstore.edit(STYLE, "body {", "body { outline: 3px solid rgb(1, 2, 3);")
            shows(tab, "getComputedStyle(document.body).outlineColor", "rgb(1, 2, 3)")
            shows(tab, "document.querySelectorAll('link[rel=stylesheet]').length", 1)
            assert tab.value("window.same") is True

        with scenario.step("a template loads the page again"):
            bookstore.edit(TEMPLATE, "</h1>", " of the test</h1>")
            shows(tab, "document.querySelector('h1').textContent.endsWith('of the test')", True)
            assert tab.value("window.same") is None

        with scenario.step("code that does not start shows its failure, and the repair brings the page back"):
            bookstore.edit(PAGES, "class IndexPage", "import nothing_like_it\nclass IndexPage")
            shows(tab, "document.title", "ModuleNotFoundError: No module named 'nothing_like_it'")
            bookstore.edit(PAGES, "import nothing_like_it\nclass IndexPage", "class IndexPage")
            shows(tab, "document.title", "Bookstore")

        with scenario.step("the browsable API and the admin do the same"):
            tab.open(f"{url}/api/books/")
            bookstore.save_serializer("in the browser")
            shows(tab, "document.body.textContent.includes('in the browser')", True)
            tab.open(f"{url}/admin/login/")
            named = 'admin.site.site_header = "Of the test"\nurlpatterns = ['
            bookstore.edit("bookstore/urls.py", "urlpatterns = [", named)
            shows(tab, "document.body.textContent.includes('Of the test')", True)


def shows(tab: Tab, expression: str, wanted: object) -> None:
    eventually(lambda: tab.value(expression), lambda seen: seen == wanted)


@contextmanager
def listening(address: str, since: str) -> Iterator[Iterator[dict[str, Any]]]:
    """What a page that was made of `since` hears."""
    connection = http.client.HTTPConnection(address, timeout=120)
    try:
        connection.request("GET", f"/.devenv/events?since={since}")
        response = connection.getresponse()
        assert response.headers["Content-Type"] == "text/event-stream"
        yield (json.loads(line[6:]) for line in iter(response.readline, b"") if line.startswith(b"data: "))
    finally:
        connection.close()
