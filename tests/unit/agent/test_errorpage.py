"""The page for code that does not start."""

from __future__ import annotations

import json

import pytest

from devenv.agent.control import Failed
from devenv.agent.errorpage import page_for, prefers_html

FAILED = Failed(
    "NameError: name '<script>' is not defined",
    'Traceback (most recent call last):\n  File "/app/shop/views.py", line 3\nNameError: <script>\n',
    [
        ["/opt/venv/lib/django/apps.py", 9, "setup", 9, ["    import_module(name)"], False],
        ["shop/views.py", 3, "<module>", 2, ["x = 1", "print('<b>', y)", "z = 2"], True],
    ],
)


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json", False),
        ("application/json, text/plain, */*", False),
        ("*/*", False),
        ("", False),
        ("application/json, text/html;q=0.9", False),
        ("text/html;q=0", False),
        ("text/html;q=nonsense", False),
    ],
)
def test_a_browser_gets_html_and_everyone_else_json(accept: str, html: bool) -> None:
    assert prefers_html(accept) is html


def test_the_json_is_a_problem_document() -> None:
    body, content_type = page_for(FAILED, "web", "application/json")
    assert content_type == "application/problem+json"
    assert json.loads(body) == {
        "type": "about:blank",
        "title": "The code of web does not start",
        "status": 500,
        "detail": "NameError: name '<script>' is not defined",
        "place": "shop/views.py:3",
        "traceback": FAILED.traceback.splitlines(),
    }


def test_nothing_of_the_code_becomes_markup() -> None:
    page = page_for(FAILED, "web<i>", "text/html")[0].decode()
    body = page.partition("</style>")[2]
    assert "<script" not in body
    assert "<b>'" not in body
    assert "web<i>" not in body
    assert "print(&#x27;&lt;b&gt;&#x27;, y)" in body


def test_the_failing_line_is_marked_and_the_projects_frame_comes_first() -> None:
    page = page_for(FAILED, "web", "text/html")[0].decode()
    assert page.index('<li class="project">') < page.index('<li class="other">')
    assert page.count('class="here"') == 2
    assert '<code class="here"><i>3</i>print(' in page


def test_a_command_that_raised_nothing_has_its_log_named() -> None:
    ended = Failed("web exited with code 3 while it started", "", [])
    page = page_for(ended, "web", "text/html")[0].decode()
    assert "<p>What it printed: <code>devenv logs web</code></p>" in page
    assert "<details" not in page


def test_the_page_needs_no_other_file() -> None:
    page = page_for(FAILED, "web", "text/html")[0].decode()
    assert not [word for word in ("http:", "https:", "src=", "@import", "url(") if word in page]
