"""How layers become one: the rules by example, and the laws for whatever is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.config.document import Document, Tree
from devenv.config.layers import WHOLE
from devenv.config.loader import read_document
from devenv.config.merging import Part, in_full_below, merge, part_of, settled
from tests.unit.config.test_schema import plain


def layer(text: str, name: str = "layer") -> Part:
    document = read_document(text.encode(), name, may_be_empty=True)
    assert document.problems == ()
    return part_of(document)


def whole(*parts: Part) -> Document:
    """All of them, short forms in full."""
    merged = reduce(lambda lower, upper: merge(lower, upper, WHOLE), parts)
    return settled(in_full_below(merged, WHOLE), "whole")


def merged(*texts: str) -> Tree:
    """What layers come to, as an editor's parser would read it."""
    found: Tree = plain(whole(*map(layer, texts)).tree)
    return found


@pytest.mark.parametrize(
    ("lower", "upper", "both"),
    [
        ("python: '3.12'", "python: '3.13'", {"python": "3.13"}),
        ("app: {env: {A: 1, B: 2}}", "app: {env: {B: 3}}", {"app": {"env": {"A": 1, "B": 3}}}),
        (
            "app: {system_packages: [a, b]}",
            "app: {system_packages: [b, c]}",
            {"app": {"system_packages": ["a", "b", "c"]}},
        ),
        ("app: {env_file: .env}", "app: {env_file: [more.env]}", {"app": {"env_file": [".env", "more.env"]}}),
        (
            "processes: {w: [celery, worker]}",
            "processes: {w: [celery, beat]}",
            {"processes": {"w": {"command": ["celery", "beat"]}}},
        ),
        (
            "processes: {w: {port: '81:80', env: {A: 1}}}",
            "processes: {w: {port: {container: 90}}}",
            {"processes": {"w": {"port": {"container": 90}, "env": {"A": 1}}}},
        ),
        (
            "services: {db: {publish: 5433}}",
            "services: {db: postgres:17}",
            {"services": {"db": {"publish": 5433, "image": "postgres", "version": "17"}}},
        ),
        (
            "services: {db: postgres:17}",
            "services: {db: {version: '16'}}",
            {"services": {"db": {"image": "postgres", "version": "16"}}},
        ),
        (
            "services: {db: {type: postgres, version: '17', env: {A: 1}}}",
            "services: {db: mariadb}",
            {"services": {"db": {"env": {"A": 1}, "image": "mariadb"}}},
        ),
        ("services: {db: x:1}", "services: {db: {type: redis}}", {"services": {"db": {"type": "redis"}}}),
        ("app: {wsgi: a.wsgi}", "app: {asgi: a.asgi}", {"app": {"asgi": "a.asgi"}}),
        (
            "app: {dependencies: {file: pyproject.toml, groups: [dev]}}",
            "app: {dependencies: requirements.txt}",
            {"app": {"dependencies": {"file": "requirements.txt"}}},
        ),
        (
            "app: {dependencies: uv}",
            "app: {dependencies: {groups: [dev]}}",
            {"app": {"dependencies": {"file": "uv", "groups": ["dev"]}}},
        ),
        ("services: {a: x, b: y}", "services: {a: !reset }", {"services": {"b": {"image": "y"}}}),
        ("services: {a: x, b: y}", "services: !reset", {}),
        ("services: {a: x, b: y}", "services: !override {c: z}", {"services": {"c": {"image": "z"}}}),
        ("sync: {ignore: [a]}", "sync: {ignore: !override [b]}", {"sync": {"ignore": ["b"]}}),
        ("x-a: [1]", "x-a: [2]", {"x-a": [2]}),
    ],
)
def test_two_layers_become_one(lower: str, upper: str, both: Mapping[str, object]) -> None:
    assert merged(lower, upper) == both


def test_a_value_keeps_the_place_in_the_layer_that_says_it() -> None:
    lower = layer("services:\n  db: postgres:17\napp:\n  system_packages: [a]\n", "base.yaml")
    upper = layer("app:\n  system_packages: [b]\nservices:\n  db:\n    publish: 5433\n", "devenv.yaml")

    origins = {".".join(map(str, path)): str(origin) for path, origin in whole(lower, upper).origins.items()}

    assert origins == {
        "services": "devenv.yaml:3:1",
        "services.db": "devenv.yaml:4:3",
        "services.db.image": "base.yaml:2:3",
        "services.db.version": "base.yaml:2:3",
        "services.db.publish": "devenv.yaml:5:5",
        "app": "devenv.yaml:1:1",
        "app.system_packages": "devenv.yaml:2:3",
        "app.system_packages.0": "base.yaml:4:21",
        "app.system_packages.1": "devenv.yaml:2:21",
    }


# What three layers can say of the same keys: a text is a value, a tuple a choice, a mapping some of its keys.
LISTS = ("[a]", "[b]", "[a, b]", "[]")
SERVICE = {
    "type": "redis",
    "version": "'7'",
    "image": ("redis", "redis:8"),
    "ports": LISTS,
    "env": {"A": "x"},
}
APP = {
    "wsgi": "a.wsgi",
    "asgi": "a.asgi",
    "env": {"A": ("'x'", "8000", "~"), "B": "y"},
    "dependencies": (
        "uv",
        {"file": LISTS, "groups": LISTS, "extras": LISTS, "as_of": ("2022-03-01", "2019-12-31")},
    ),
}
WHOLES = {"services": {"db": (SERVICE, SERVICE, "redis", "redis:8", "~"), "c": "x"}, "app": APP}
RANDOMS = st.randoms(use_true_random=True)  # hypothesis' own draws seldom say the same key in all three


def written(random: Random, choice: object) -> str:
    """One of what can be said, in flow style, marks among it."""
    if isinstance(choice, tuple):
        return written(random, random.choice(choice))
    if not isinstance(choice, dict):
        return str(choice)
    said = {}
    for key in random.sample(list(choice), k=len(choice)):
        mark = random.choice(["", "", "", "!override ", "!reset", None])
        if mark is not None:
            said[key] = mark if mark == "!reset" else f"{mark}{written(random, choice[key])}"
    return f"{{{', '.join(f'{key}: {text} ' for key, text in said.items())}}}"


@settings(max_examples=50, deadline=None)
@given(random=RANDOMS)
def test_nothing_over_or_below_a_layer_changes_nothing(random: Random) -> None:
    alone, empty = layer(written(random, WHOLES)), layer("")

    assert whole(empty, alone).tree == whole(alone).tree
    assert whole(alone, empty).tree == whole(alone).tree


@settings(max_examples=300, deadline=None)
@given(random=RANDOMS)
def test_it_is_the_same_whichever_layers_are_merged_first(random: Random) -> None:
    low, middle, high = (layer(written(random, WHOLES), name) for name in ("low", "middle", "high"))

    assert whole(merge(low, middle, WHOLE), high) == whole(low, merge(middle, high, WHOLE))


@settings(max_examples=50, deadline=None)
@given(random=RANDOMS)
def test_what_is_reset_is_as_if_no_lower_layer_had_said_it(random: Random) -> None:
    below, above = layer(written(random, WHOLES)), layer(written(random, WHOLES))

    assert whole(below, layer("{services: !reset , app: !reset }"), above).tree == whole(above).tree
