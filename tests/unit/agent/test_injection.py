"""Which responses are pages, and what is put into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.agent.injection import (
    Asked,
    insert,
    is_page,
    looked_after,
    script_tag,
    tag_for,
    with_longer_body,
)
from devenv.agent.script import VERSION

TAG = b"<script></script>"
HTML = ("Content-Type", "text/html; charset=utf-8")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def asked(method: str = "GET", **headers: str) -> Asked:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Asked(method, "/", lambda name: named.get(name, ""))


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"sec_fetch_dest": "document"}, True),
        ({"sec_fetch_dest": "iframe"}, True),
        ({"sec_fetch_dest": "empty", "accept": BROWSER}, False),  # fetch()
        ({"sec_fetch_dest": "image"}, False),
        ({"accept": BROWSER}, True),  # an address that the browser does not trust tells no more
        ({"accept": "*/*"}, False),
        ({"accept": "application/json"}, False),
        ({}, False),
        ({"accept": BROWSER, "x_requested_with": "XMLHttpRequest"}, False),
        ({"accept": BROWSER, "hx_request": "true"}, False),
        ({"sec_fetch_dest": "document", "turbo_frame": "cart"}, False),
    ],
)
def test_what_a_browser_shows_as_a_page_is_told_from_what_a_script_asks_for(
    headers: dict[str, str], wanted: bool
) -> None:
    assert asked(**headers).wants_page is wanted


@pytest.mark.parametrize(
    ("status", "headers", "page"),
    [
        (200, [HTML], True),
        (500, [("content-type", "TEXT/HTML")], True),
        (200, [("Content-Type", "text/plain")], False),
        (200, [("Content-Type", "application/json")], False),
        (200, [], False),
        (304, [HTML], False),
        (204, [HTML], False),
        (206, [HTML], False),
        (200, [HTML, ("Content-Encoding", "br")], False),
        (200, [HTML, ("Content-Encoding", "identity")], True),
        (200, [HTML, ("Content-Disposition", 'attachment; filename="a.html"')], False),
        (200, [HTML, ("Content-Disposition", "inline")], True),
    ],
)
def test_a_page_is_plain_html_that_is_shown(status: int, headers: list[tuple[str, str]], page: bool) -> None:
    assert is_page(status, headers) is page


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<!doctype html><html><head>", b"<title>x</title>"),
        (b"<!DOCTYPE html>\n<html lang=\"en\">\n<head data-x='>'>", b"\n"),
        (b"<html><head>", b""),
        (b"<head>", b"<title>"),
        (b"<!doctype html>", b"<title>the tags are optional</title>"),
        (b"<!doctype html><html class='a>b'>", b"<body>"),
        (b"\xef\xbb\xbf<!doctype html>", b"<p>"),
        (b"<!-- <head> -->\n<!doctype html><html><!-- <head> --><head>", b"</head>"),
        (
            b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html><head>',
            b"",
        ),
        (b"<!doctype html><html>", b"<header></header>"),
    ],
)
def test_the_script_is_the_first_thing_in_a_pages_head(before: bytes, after: bytes) -> None:
    assert insert(before + after, TAG) == before + TAG + after


@pytest.mark.parametrize(
    "fragment",
    [
        b"",
        b"<tr><td>a row</td></tr>",
        b"<header>Shop</header>",
        b"text that says <head>",
        b"<!-- <html> --><p>",
        b"<htmlx>",
        "<!doctype html><html><head>".encode("utf-16"),
        b"\x1f\x8b\x08 compressed, and nobody said so",
    ],
)
def test_a_fragment_stays_as_it_is(fragment: bytes) -> None:
    assert insert(fragment, TAG) is None


PIECES = [
    b"<!doctype html>", b"<!DOCTYPE HTML>", b"<html>", b"<HTML lang='de'>", b"<head>", b"<!--", b"-->", b" ",
    b"\n", b'"', b"'", b">", b"<", b"<header>", b"<body>", b"\xff", "ü".encode(), b"<html ", b"<head a=b>",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=30).map(b"".join))
def test_what_was_inserted_taken_out_again_leaves_every_byte_of_the_original(page: bytes) -> None:
    tag = script_tag("abc.1", "GET", "")
    longer = insert(page, tag)
    if longer is not None:
        assert len(longer) == len(page) + len(tag)
        begin = longer.index(tag)
        assert longer[:begin] + longer[begin + len(tag) :] == page


def test_a_page_that_grew_says_so_and_has_no_validators() -> None:
    headers = [HTML, ("Content-Length", "10"), ("ETag", '"a"'), ("Last-Modified", "x"), ("Set-Cookie", "a=b")]
    assert with_longer_body(headers, 5) == [HTML, ("Content-Length", "15"), ("Set-Cookie", "a=b")]


@pytest.mark.parametrize(
    ("status", "headers", "added"),
    [
        (200, [("Last-Modified", "x")], True),
        (304, [("ETag", '"a"')], True),
        (200, [("ETag", '"a"'), ("cache-control", "max-age=60")], False),
        (200, [("ETag", '"a"'), ("Expires", "x")], False),
        (404, [("ETag", '"a"')], False),
        (200, [], False),
    ],
)
def test_a_browser_has_to_ask_for_what_it_would_else_believe_to_be_fresh(
    status: int, headers: list[tuple[str, str]], added: bool
) -> None:
    assert looked_after(status, headers) == [*headers, *([("Cache-Control", "no-cache")] if added else [])]


def test_the_element_names_its_page_and_carries_the_policys_nonce() -> None:
    policy = ("Content-Security-Policy", "script-src 'nonce-r4nd0m'")
    tag, obstacle = tag_for(asked("POST"), 200, [HTML, policy], "abc.3")
    assert obstacle == ""
    assert tag.decode() == (
        f'<script async src="/.devenv/refresh.js?{VERSION}" data-mark="abc.3" data-sent nonce="r4nd0m">'
        "</script>"
    )


def test_a_policy_that_forbids_the_script_is_respected_and_named() -> None:
    policy = ("Content-Security-Policy", "script-src https://cdn.example")
    assert tag_for(asked(), 200, [HTML, policy], "abc.3") == (b"", "script-src")
