"""devenv.lock: what it says, what is wrong with it, and what changed in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.compiler.lock_text import lock_text
from devenv.config.lock import Lock, LockedLayer, Needs, difference, stale_parts
from devenv.config.lock_file import load_lock, read_lock
from devenv.errors import ConfigError

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
COMMIT = "1234" * 10
BASE = "https://example.com/platform.git#v3"
LOCK = Lock(
    requires=">=0.1,<1",
    images={"postgres:17": A, "python:3.13-slim": B},
    layers={BASE: LockedLayer(commit=COMMIT, files={"django/devenv.yaml": A})},
)
TEXT = f"""\
# Made by `devenv lock`: commit it, and everybody gets these images and layers.
version: 1
requires: ">=0.1,<1"
images:
  postgres:17: {A}
  python:3.13-slim: {B}
layers:
  "{BASE}":
    commit: "{COMMIT}"
    files:
      django/devenv.yaml: {A}
"""
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:{}".format)
COMMITS = st.text("0123456789abcdef", min_size=40, max_size=40)


def test_a_lock_is_written_sorted_a_fact_a_line() -> None:
    assert lock_text(LOCK) == TEXT


@given(
    st.builds(
        Lock,
        requires=NAMES | st.just(""),
        images=st.dictionaries(NAMES, DIGESTS, max_size=4),
        layers=st.dictionaries(
            NAMES,
            st.builds(LockedLayer, commit=COMMITS, files=st.dictionaries(NAMES, DIGESTS, max_size=3)),
            max_size=3,
        ),
    )
)
def test_what_is_written_is_read_back(lock: Lock) -> None:
    assert read_lock(lock_text(lock).encode()) == lock


def test_each_image_knows_its_line() -> None:
    assert str(read_lock(TEXT.encode()).origins["images.postgres:17"]) == "devenv.lock:5:3"


def test_a_folder_without_a_lock_has_none(tmp_path: Path) -> None:
    assert load_lock(tmp_path) is None


def test_the_lock_of_devenv_sh_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "devenv.lock").write_text('{"nodes": {"root": {"inputs": {}}}, "root": "root", "version": 7}')
    assert load_lock(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "details"),
    [
        (
            "images: {}\n",
            "devenv.lock:1:1 version: missing; expected the version of the lock, such as `version: 1`",
        ),
        (
            "version: 2\n",
            "devenv.lock:1:1 version: this devenv reads version 1 of the lock; version 2 needs another one\n"
            "  | version: 2\n"
            "  | ^",
        ),
        (
            "version: 1\nimages:\n  redis:8: sha256:12\n  db: 3\nlayer: {}\n",
            'devenv.lock:3:12 images.redis:8: expected a digest "sha256:…", got "sha256:12"\n'
            "  |   redis:8: sha256:12\n"
            "  |            ^\n"
            'devenv.lock:4:7 images.db: expected text, got the number 3; write "3" in quotes\n'
            "  |   db: 3\n"
            "  |       ^\n"
            "devenv.lock:5:1 layer: unknown key; did you mean `layers`?\n"
            "  | layer: {}\n"
            "  | ^",
        ),
        (
            "version: 1\n<<<<<<< ours\nimages: {}\n",
            "devenv.lock:2:1 a conflict of git's that is not settled\n  | <<<<<<< ours\n  | ^",
        ),
    ],
)
def test_a_broken_lock_is_told_by_line_and_column(text: str, details: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_lock(text.encode())

    assert raised.value.details == details
    assert raised.value.hint == (
        "take either side of a merge, or remove devenv.lock; then `devenv lock` completes it"
    )


def test_a_lock_that_says_what_is_needed_is_not_stale() -> None:
    assert stale_parts(LOCK, Needs(requires=LOCK.requires, images=(*LOCK.images,), layers=LOCK.layers)) == ()


def test_a_stale_lock_says_what_it_lacks_and_what_it_has_too_much() -> None:
    other = {BASE: LockedLayer(commit="f" * 40), "new#v1": LockedLayer(commit=COMMIT)}
    locked = {**LOCK.layers, "old#v1": LockedLayer(commit=COMMIT)}
    lock = Lock(requires=">=0.1,<1", images=LOCK.images, layers=locked)

    assert stale_parts(
        lock, Needs(requires="", images=("postgres:18", "python:3.13-slim"), layers=other)
    ) == (
        "requires is not written any more",
        "postgres:18 is not locked",
        "postgres:17 is not used any more",
        f"{BASE} is locked otherwise",
        "new#v1 is not locked",
        "old#v1 is not used any more",
    )


def test_the_difference_of_two_locks_is_a_line_for_each_fact() -> None:
    layer = LockedLayer(commit="f" * 40, files={"django/devenv.yaml": B})
    after = Lock(images={"postgres:17": B, "redis:8": A}, layers={BASE: layer})

    assert difference(LOCK, after) == (
        f"~ {BASE} {COMMIT} -> {'f' * 40}",
        f"~ {BASE} django/devenv.yaml {A} -> {B}",
        f"~ postgres:17 {A} -> {B}",
        f"- python:3.13-slim {B}",
        f"+ redis:8 {A}",
        "- requires >=0.1,<1",
    )
