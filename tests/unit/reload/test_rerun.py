"""Which tests a change touches."""

from __future__ import annotations

import pytest

from devenv.reload.rerun import Rerun, rerun_for, with_modules

LOADED = ("shop/models.py", "shop/views.py")


@pytest.mark.parametrize(
    ("paths", "rerun"),
    [
        (("shop/tests.py",), Rerun(False, ("shop/tests.py",), "shop/tests.py changed")),
        (("shop/models.py",), Rerun(True, (), "shop/models.py changed")),
        (("shop/tests/test_api.py", "shop/models.py"), Rerun(True, (), "shop/models.py changed")),
        (("shop/unread.py",), Rerun(False, (), "shop/unread.py changed, which no test read")),
        (("shop/tests/conftest.py",), Rerun(True, (), "shop/tests/conftest.py changed")),
        (("shop/fixtures/books.json",), Rerun(True, (), "shop/fixtures/books.json changed")),
        (("shop/templates/a.html",), Rerun(True, (), "shop/templates/a.html changed")),
        (("shop/static/a.css",), Rerun(False, (), "shop/static/a.css changed, which no test read")),
        (("README.md",), Rerun(False, (), "README.md changed, which no test read")),
    ],
)
def test_a_test_module_runs_alone_and_what_tests_read_runs_all(paths: tuple[str, ...], rerun: Rerun) -> None:
    assert rerun_for(paths, LOADED) == rerun
    assert rerun.is_needed == (rerun.everything or bool(rerun.modules))


def test_where_nobody_knows_what_the_tests_read_any_code_runs_all() -> None:
    assert rerun_for(("shop/unread.py",), ()).everything


@pytest.mark.parametrize(
    ("arguments", "working_dir", "dotted", "expected"),
    [
        ((), ".", False, ("shop/tests/test_api.py",)),
        (("-x",), "shop", False, ("-x", "tests/test_api.py")),
        ((), ".", True, ("shop.tests.test_api",)),
        (("shop/tests/test_models.py",), ".", False, ("shop/tests/test_models.py",)),
        (("-x",), "elsewhere", False, ("-x",)),
    ],
)
def test_modules_stand_in_the_runners_own_form(
    arguments: tuple[str, ...], working_dir: str, dotted: bool, expected: tuple[str, ...]
) -> None:
    modules = ("shop/tests/test_api.py",)
    assert with_modules(arguments, modules, working_dir=working_dir, dotted=dotted) == expected
