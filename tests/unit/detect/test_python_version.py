from __future__ import annotations

from dataclasses import replace

import pytest

from devenv.detect.dependencies import Dependencies
from devenv.detect.finding import Confidence, Finding
from devenv.detect.python_version import allows, choose_python, compiled
from tests.unit.detect.trees import tree

KNOWN = (*((3, minor) for minor in range(14, 4, -1)), (2, 7))


def packages(**versions: str) -> Dependencies:
    named = {name.replace("_", "-"): version for name, version in versions.items()}
    finding = Finding(topic="dependencies", value="")
    return Dependencies(kind="requirements", folder=".", packages=named, finding=finding)


@pytest.mark.parametrize(
    ("specifier", "allowed", "refused"),
    [
        (">=3.10", "3.10 3.14", "3.9"),
        (">=3.10,<3.13", "3.10 3.12", "3.9 3.13"),
        ("==3.13.*", "3.13", "3.12 3.14"),
        ("^3.11", "3.11 3.14", "3.10"),
        ("~=3.11", "3.11 3.14", "3.10"),
        ("~=3.11.4", "3.11", "3.10 3.12"),
        (">=3.9,!=3.10.*", "3.9 3.11", "3.8 3.10"),
        ("<3.13.1", "3.13", "3.14"),
        (">3.11", "3.12", "3.11"),
        ("3.12", "3.12", "3.11"),
        ("^3.9 || ^3.12", "3.9 3.13", "3.8"),
        ("*", "3.9 3.14", ""),
    ],
)
def test_a_specifier_allows_what_pip_and_poetry_would(specifier: str, allowed: str, refused: str) -> None:
    verdicts = {text: allows(specifier, _version(text)) for text in (allowed + " " + refused).split()}
    assert verdicts == {**dict.fromkeys(allowed.split(), True), **dict.fromkeys(refused.split(), False)}


def _version(text: str) -> tuple[int, int]:
    major, minor = text.split(".")
    return int(major), int(minor)


@pytest.mark.parametrize(
    ("django", "python"),
    [
        ("1.5.12", "2.7"),
        ("1.8.19", "3.5"),
        ("1.11.29", "3.7"),
        ("1.11.16", "3.6"),
        ("2.1.15", "3.7"),
        ("2.2.28", "3.9"),
        ("3.2.25", "3.10"),
        ("4.1.13", "3.11"),
        ("4.2.16", "3.12"),
        ("5.1.3", "3.13"),
        ("5.2.7", "3.13"),
        ("6.0.3", "3.14"),
    ],
)
def test_undeclared_it_is_the_newest_that_django_runs_on(django: str, python: str) -> None:
    found = choose_python(tree({}), ["."], [], packages(django=django), KNOWN)
    assert (found.value, found.confidence) == (python, Confidence.GUESS)


def test_undeclared_it_is_one_that_pinned_packages_have_wheels_for() -> None:
    pinned = packages(django="4.2.16", pillow="9.5.0", psycopg2_binary="2.9.6")
    assert choose_python(tree({}), ["."], [], pinned, KNOWN).value == "3.11"


def test_undeclared_it_is_the_one_on_which_the_least_is_compiled() -> None:
    pinned = packages(django="2.2", twisted="19.2.0", pillow="6.2.1")
    assert choose_python(tree({}), ["."], [], pinned, KNOWN).value == "3.8"


def test_undeclared_it_is_one_that_tools_frozen_along_with_the_rest_have_wheels_for() -> None:
    frozen = packages(django="2.2.13", typed_ast="1.4.0", pylint="2.3.1")
    assert choose_python(tree({}), ["."], [], frozen, KNOWN).value == "3.8"


def test_undeclared_it_is_one_that_the_lock_has_wheels_for() -> None:
    locked = replace(packages(django="6.0"), wheels={"lxml": frozenset({"cp312", "cp313"})})
    assert choose_python(tree({}), ["."], [], locked, KNOWN).value == "3.13"


def test_the_dockerfile_tells_more_than_files_for_tools() -> None:
    files = tree(
        {"Dockerfile": "FROM python:3.12-slim\n", ".python-version": "3.11\n", "runtime.txt": "python-3.10.2"}
    )
    found = choose_python(files, ["."], ["Dockerfile"], packages(django="5.1"), KNOWN)
    assert found.value == "3.12"
    assert found.why == "Dockerfile names it; .python-version says 3.11, runtime.txt says 3.10"


def test_a_pin_that_the_packages_cannot_have_is_passed_over() -> None:
    files = tree({".python-version": "3.9\n", "pyproject.toml": '[project]\nrequires-python = ">=3.11"\n'})
    found = choose_python(files, ["."], [], packages(django="5.1"), KNOWN)
    assert found.value == "3.13"
    assert found.why.endswith(".python-version says 3.9")


def test_a_python_that_devenv_has_not_becomes_the_nearest() -> None:
    found = choose_python(tree({"runtime.txt": "python-3.4.8"}), ["."], [], packages(django="1.11"), KNOWN)
    assert (found.value, found.why) == ("3.5", "runtime.txt names 3.4, the nearest that devenv has is 3.5")


def test_an_old_package_is_compiled_on_a_new_python() -> None:
    assert compiled({"cffi": "1.15.1"}, (3, 12)) == {"cffi": ("gcc", "libc6-dev", "libffi-dev")}
    assert compiled({"cffi": "1.15.1"}, (3, 11)) == {}
    assert compiled({"cffi": ""}, (3, 13)) == {}
    assert compiled({"typed-ast": "1.5.5"}, (3, 11)) == {}
    assert compiled({"typed-ast": "1.5.5"}, (3, 13)) == {"typed-ast": ("gcc", "libc6-dev")}
    assert compiled({"twisted": "19.2.0"}, (3, 7)) == {"twisted": ("gcc", "libc6-dev")}
