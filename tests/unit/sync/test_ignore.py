"""What wins where several sources name one path. That .gitignore is read as git does: tests/contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from devenv.sync.ignore import IgnoreRules


def rules(files: Mapping[str, str], extra: Sequence[str] = (), tracked: Sequence[str] = ()) -> IgnoreRules:
    contents = {path: text.encode() for path, text in files.items()}
    return IgnoreRules(contents.get, extra=extra, tracked=tracked)


@pytest.mark.parametrize(
    "path",
    [
        ".git/HEAD", "shop/__pycache__/models.cpython-313.pyc", "models.pyc", ".venv/bin/python",
        "front/node_modules/a.js", ".devenv/compose.yaml", ".devenv-sync/given.json", ".DS_Store",
        "4913", ".models.py.swp", "models.py~", ".#models.py", "#models.py#", "models.py___jb_tmp___",
    ],
)  # fmt: skip
def test_never_travels_whatever_is_written(path: str) -> None:
    assert not rules({}, extra=[f"!{path}", "!*"]).travels(path, is_folder=False)


def test_a_folder_with_a_pyvenv_cfg_is_a_virtual_environment_whatever_its_name() -> None:
    found = rules({"env311/pyvenv.cfg": "home = /usr/bin"})
    assert not found.enters("env311")
    assert not found.travels("env311/bin/activate", is_folder=False)


def test_a_folder_that_is_only_named_like_one_travels() -> None:
    assert rules({}).travels("venv/notes.txt", is_folder=False)


@pytest.mark.parametrize("name", [".env", ".env.local", "shop/local_settings.py", "locale/de/django.mo"])
def test_what_git_must_not_have_and_the_app_reads_travels(name: str) -> None:
    written = {".gitignore": ".env*\nlocal_settings.py\n*.mo\n", ".dockerignore": ".env*\n"}
    assert rules(written).travels(name, is_folder=False)
    assert not rules(written, extra=[name]).travels(name, is_folder=False)


def test_a_private_file_in_an_ignored_folder_stays_with_its_folder() -> None:
    assert not rules({".gitignore": "build/\n"}).travels("build/locale/de.mo", is_folder=False)


def test_what_git_tracks_travels_though_it_is_ignored_and_its_neighbours_do_not() -> None:
    found = rules({".gitignore": "dist/\n"}, tracked=["dist/js/app.js"])
    assert found.enters("dist/js")
    assert found.travels("dist/js/app.js", is_folder=False)
    assert not found.travels("dist/js/app.js.map", is_folder=False)


def test_the_dockerignore_wins_over_git_and_may_let_a_file_out_of_an_ignored_folder() -> None:
    found = rules({".dockerignore": "docs\n!docs/api/*.md\n", ".gitignore": "!docs\n"})
    assert not found.travels("docs", is_folder=True)
    assert found.enters("docs")
    assert found.enters("docs/api")
    assert found.travels("docs/api/index.md", is_folder=False)
    assert not found.travels("docs/index.md", is_folder=False)


def test_sync_ignore_brings_back_what_git_ignores_with_all_that_is_in_it() -> None:
    found = rules({".gitignore": "dist/\n"}, extra=["!dist/", "dist/*.map"])
    assert found.travels("dist/css/app.css", is_folder=False)
    assert not found.travels("dist/app.js.map", is_folder=False)


def test_a_nested_gitignore_speaks_of_its_own_folder() -> None:
    found = rules({".gitignore": "*.log\n", "shop/.gitignore": "!keep.log\n/local.txt\n"})
    assert found.travels("shop/keep.log", is_folder=False)
    assert found.travels("shop/sub/keep.log", is_folder=False)
    assert not found.travels("shop/other.log", is_folder=False)
    assert not found.travels("shop/local.txt", is_folder=False)
    assert found.travels("shop/sub/local.txt", is_folder=False)


def test_a_gitignore_above_the_app_counts() -> None:
    found = IgnoreRules(
        lambda _: None, above=[("apps/shop/", b"/apps/shop/media/\n*.log\n"), ("shop/", b"!a.log\n")]
    )
    assert not found.travels("media/a.png", is_folder=False)
    assert not found.travels("b.log", is_folder=False)
    assert found.travels("a.log", is_folder=False)
    assert found.travels("apps/shop/media/a.png", is_folder=False)


def test_a_line_of_dockerignore_that_was_not_asked_of_a_folder_does_not_bring_back_what_is_in_it() -> None:
    """As `docker build` does it: found by random patterns, and odd."""
    found = rules({".dockerignore": "**/a.b\n!**/b*\n"})
    assert found.travels("x/b/c.py", is_folder=False)
    assert not found.travels("x/b/a.b", is_folder=False)
    assert found.travels("a.b/b.py", is_folder=False)


def test_two_stars_without_a_slash_ask_how_the_path_ends() -> None:
    found = rules({".dockerignore": "**.py\n"})
    assert not found.travels("x/y.py", is_folder=False)
    assert found.travels("x/y.txt", is_folder=False)
