"""How a project's tests are run."""

from __future__ import annotations

import pytest

from devenv.detect.testing import COVERAGE, RunPlan, plan_tests


def plan(files: dict[str, str], *arguments: str, working_dir: str = ".") -> RunPlan:
    return plan_tests(lambda path: files.get(path, ""), working_dir, arguments)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings.test\n"),
        (".pytest.ini", "[pytest]\naddopts = -q --ds=shop.settings.test\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "shop.settings.test"\n'),
        ("tox.ini", "[tox]\n[pytest]\nDJANGO_SETTINGS_MODULE=shop.settings.test\n"),
        ("setup.cfg", "[tool:pytest]\nDJANGO_SETTINGS_MODULE: shop.settings.test\n"),
    ],
)
def test_the_settings_of_the_tests_are_those_that_pytest_is_told(name: str, text: str) -> None:
    assert plan({name: text}) == RunPlan(file=name, settings="shop.settings.test")


def test_the_configuration_nearest_to_manage_py_counts() -> None:
    files = {"pytest.ini": "[pytest]\n", "src/setup.cfg": "[tool:pytest]\n", "src/tox.ini": "[tox]\n"}
    assert plan(files, working_dir="src").file == "src/setup.cfg"
    assert plan({"pytest.ini": "[pytest]\n"}, working_dir="src/site").file == "pytest.ini"
    assert plan({}) == RunPlan()
    assert plan({"pytest.ini": "no section", "pyproject.toml": "= broken"}) == RunPlan()


def test_an_argument_says_more_than_a_file() -> None:
    files = {"pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = a\n"}
    assert plan(files, "--ds=b").settings == "b"
    assert plan(files, "-x", "--settings", "c").settings == "c"


@pytest.mark.parametrize(
    ("text", "arguments", "reason"),
    [
        ("addopts = --cov", (), COVERAGE),
        ("", ("--cov=shop", "-x"), COVERAGE),
        ("", ("-c", "other.ini"), "another configuration is named"),
        ("env =\n  A=1", (), "pytest.ini sets variables before the settings are read"),
        (
            "filterwarnings =\n  ignore::UserWarning\n  error",
            (),
            "warnings are errors, and those of imports must be seen",
        ),
        ("", ("-W", "error"), "warnings are errors, and those of imports must be seen"),
        ("filterwarnings = ignore", ("-k", "cov", "--no-cov-on-fail"), ""),
    ],
)
def test_what_must_see_every_import_starts_from_cold(
    text: str, arguments: tuple[str, ...], reason: str
) -> None:
    assert plan({"pytest.ini": f"[pytest]\n{text}\n"}, *arguments).cold == reason


def test_a_list_in_toml_is_read_as_lines() -> None:
    text = '[tool.pytest.ini_options]\nfilterwarnings = ["ignore", "error::DeprecationWarning"]\n'
    assert plan({"pyproject.toml": text}).cold == "warnings are errors, and those of imports must be seen"
