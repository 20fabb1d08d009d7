"""Which tests an ignore file hides, and what brings them back."""

from __future__ import annotations

from devenv.detect.finding import Place
from devenv.detect.left_out import HiddenTests, LeftOut, hidden_tests


def leaving_out(*hidden: str) -> LeftOut:
    return lambda path, _is_folder: Place(".dockerignore", hidden.index(path) + 1) if path in hidden else None


def found(paths: list[str], *hidden: str) -> list[str]:
    return [each.pattern for each in hidden_tests(paths, leaving_out(*hidden))]


PATHS = ["conftest.py", "shop/tests/__init__.py", "shop/tests/test_a.py", "shop/views.py", "test_b.py"]


def test_a_folder_of_tests_that_is_left_out_is_told_with_the_line() -> None:
    assert hidden_tests(PATHS, leaving_out("shop/views.py", "shop/tests")) == (
        HiddenTests(pattern="!tests", path="shop/tests", place=Place(".dockerignore", 2)),
    )


def test_what_is_in_the_folder_may_be_named_instead_of_it() -> None:
    assert found(PATHS, "shop/tests/test_a.py") == ["!tests"]


def test_files_come_back_by_the_way_they_are_named() -> None:
    paths = [
        "conftest.py",
        "pytest.ini",
        "shop/test_a.py",
        "shop/test_b.py",
        "shop/b_test.py",
        "shop/tests.py",
    ]
    assert found(paths, *paths) == ["!test_*.py", "!*_test.py", "!tests.py", "!conftest.py", "!pytest.ini"]


def test_what_lies_in_a_folder_that_nobody_wants_stays_out() -> None:
    assert found(["docs/tests/test_a.py", "tests/test_b.py"], "docs") == []


def test_a_configuration_without_tests_is_nothing_to_send() -> None:
    assert found(["conftest.py", "shop/tests/test_a.py"], "conftest.py") == []
