"""Whatever is done to a valid file: it loads, or the answer is a ConfigError with lines of the file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.config import load, templates_folder
from devenv.errors import ConfigError
from tests.unit.config.test_schema import problems as schema_problems

VALID = """\
name: shop
python: "3.13"
x-shared: &shared {TZ: UTC}
app:
  settings: shop.settings
  wsgi: shop.wsgi
  system_packages: [libmagic1]
  env: {<<: *shared, DEBUG: true, RATIO: 1.50}
services:
  db: {type: postgres, version: "17", settings: {database: shop}, publish: 5433}
  cache: redis:8
  search: {image: "ghcr.io/acme/search:1", ports: [9200, "9301:9300"], gives: {S: "http://{host}:{port}"}}
processes:
  web: {port: "8080:8000"}
  worker: celery -A shop worker
jobs:
  migrate: {command: python manage.py migrate, before: [web]}
sync: {mode: volume, ignore: ["*.log"]}
"""
PIECES = [
    *"\t\n\r :-[]{}&*!|>'\"%@`#,?~<=\0\x07\ufeff\u2028é\ud7ff",
    *(
        "  ",
        "\n  ",
        ": ",
        "- ",
        "<<: *shared",
        "*shared",
        "&x ",
        "!!int ",
        "!!python/name:os ",
        "---\n",
        "...\n",
    ),
    *("null", "true", "3.10", "017", "22:22", "1e9", ".inf", ".nan", "9" * 5000, "../..", "\\", "x" * 300),
    *VALID.split(),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    (root / "shop").mkdir()
    for name in ("manage.py", "shop/settings.py", "shop/wsgi.py", "requirements.txt"):
        (root / name).touch()
    return root


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """The valid file after a few cuts, insertions, repetitions and swaps."""
    text = VALID
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 5, 20, 100])))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.text(max_size=5), st.just(text[start:end] * 2)))
        text = text[:start] + piece + text[end:]
    data = text.encode(errors="replace")
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(min_size=1, max_size=3)) + data[at:]
    return data


def explanation(data: bytes, project: Path) -> str:
    """What is said of a devenv.yaml, "" where it loads."""
    (project / "devenv.yaml").write_bytes(data)
    try:
        load(project / "devenv.yaml", templates_folder())
    except ConfigError as error:
        assert error.details  # noqa: PT017 - the error is one of two good outcomes
        return error.details
    return ""


def assert_loads_or_explains(data: bytes, project: Path) -> None:
    line_count = max(1, len(re.split(r"\r\n|[\r\n\x85\u2028\u2029]", data.decode(errors="replace"))))
    for said in explanation(data, project).splitlines():
        if said.startswith("  | "):
            assert len(said) < 1200  # a line is cut; the longest escape has ten characters
            continue
        place = re.match(r"devenv\.yaml:(\d+):[1-9]", said)
        assert place
        assert 1 <= int(place[1]) <= line_count


def test_the_file_that_is_mutated_is_valid(project: Path) -> None:
    (project / "devenv.yaml").write_text(VALID, encoding="utf-8")

    assert load(project / "devenv.yaml", templates_folder()).environment.name == "shop"


@settings(max_examples=400, deadline=None)
@given(data=mutations())
def test_a_mutated_file_loads_or_is_explained(project: Path, data: bytes) -> None:
    assert_loads_or_explains(data, project)


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_loads_or_is_explained(project: Path, text: str) -> None:
    assert_loads_or_explains(text.encode(), project)


@settings(max_examples=200, deadline=None)
@given(data=mutations())
def test_a_mutated_file_that_loads_is_valid_to_an_editor(project: Path, data: bytes) -> None:
    if not explanation(data, project):
        assert schema_problems(data) == []


def test_a_form_feed_ends_no_line(project: Path) -> None:
    assert explanation(b"name: shop\n\x0b\x0c\x1c\x80\n", project).startswith("devenv.yaml:2:4 the byte 0x80")


def hostile_merges() -> str:
    """Each mapping merges the one before it ten times: 10 ** 20 keys, read one by one."""
    merges = [f"x-{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 10)}]}}\n" for n in range(1, 20)]
    return "x-0: &m0 {A: b}\n" + "".join(merges)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 50_000,
        "a: " + "&x " * 10_000,
        "? " * 10_000,
        hostile_merges(),
        '"a\\nb\\e": 1\nname: "c\\nd"\nx: &x {"\\L": 1}\napp: *x\n' + "k" * 100_000 + ": 1\n",
        "".join(f"a: &m{n} {{<<: *m{n - 1}}}\n" if n else "a: &m0 {}\n" for n in range(3000)),
        "".join(f"x-{n}: &m{n} [*m{n - 1}]\n" if n else "x-0: &m0 []\n" for n in range(3000)),
    ],
    ids=[
        "lists",
        "mappings",
        "dashes",
        "anchors",
        "keys",
        "merges",
        "line breaks in keys",
        "merges of repeated keys",
        "a long chain",
    ],
)
def test_a_file_made_to_exhaust_the_reader_is_explained(text: str, project: Path) -> None:
    assert_loads_or_explains(text.encode(), project)
