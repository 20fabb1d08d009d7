from __future__ import annotations

from collections.abc import Mapping

import pytest

from devenv.detect.dependencies import Dependencies, find_dependencies, pinned_version, resolved_version
from tests.unit.detect.trees import tree


def found(files: Mapping[str, str], *folders: str) -> Dependencies:
    return find_dependencies(tree(files), folders or (".",), lambda: {"Django": ""}, lambda: ())


@pytest.mark.parametrize(
    ("specifier", "version"),
    [
        ("==5.1.3", "5.1.3"),
        ("~=4.2.0", "4.2.0"),
        (">=6.0,<6.1", "6.0"),
        ("<5", "4.2"),
        ("<2.0", "1.11"),
        ("==3.2.*", "3.2"),
        (">=4.2", ""),
        ("", ""),
    ],
)
def test_a_specifier_comes_to_a_version_as_far_as_it_tells(specifier: str, version: str) -> None:
    assert resolved_version(specifier) == version


@pytest.mark.parametrize(
    ("specifier", "version"),
    [("==2.9.11", "2.9.11"), ("===1.0", "1.0"), ("==2.*", ""), ("==2.9.*", ""), ("~=2.9", ""), (">=2", "")],
)
def test_only_an_exact_version_is_a_pin(specifier: str, version: str) -> None:
    assert pinned_version(specifier) == version


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ("requirements.txt", "requirements.txt"),
        (
            "requirements.txt requirements/base.txt requirements/local.txt",
            "requirements/base.txt requirements/local.txt",
        ),
        ("requirements.txt requirements-dev.txt", "requirements.txt requirements-dev.txt"),
        (
            "requirements/dev.txt requirements/prod.txt requirements/common.txt",
            "requirements/common.txt requirements/dev.txt",
        ),
        ("requirements/base.txt requirements/production.txt", "requirements/base.txt"),
        ("reqs.txt", "reqs.txt"),
        ("requirements.txt test-requirements.txt", "requirements.txt"),
    ],
)
def test_the_file_for_development_is_chosen_with_what_it_builds_upon(names: str, chosen: str) -> None:
    files = {
        name: "pytest\n" if "dev" in name or "local" in name else "Django==5.1\n" for name in names.split()
    }
    assert found(files).files == tuple(chosen.split())


def test_a_file_that_includes_its_base_stands_alone() -> None:
    files = {"requirements/base.txt": "Django==5.1.4\n", "requirements/local.txt": "-r base.txt\npytest\n"}
    chosen = found(files)
    assert (chosen.files, chosen.packages["django"]) == (("requirements/local.txt",), "5.1.4")


def test_the_list_that_has_django_goes_with_that_for_development() -> None:
    files = {
        "requirements.txt": "-r requirements/common.txt\n-r requirements/base.txt\n",
        "requirements/base.txt": "whitenoise\n",
        "requirements/common.txt": "Django==3.2.14\n",
        "requirements/development.txt": "ipython\n",
    }
    assert found(files).files == ("requirements.txt", "requirements/development.txt")


def test_lists_in_a_folder_of_another_name_are_found_where_a_dockerfile_takes_them_in() -> None:
    files = {
        "manage.py": "",
        "Dockerfile": "FROM python:3.12\nCOPY ./dependencies/pip/requirements.txt /tmp/pip.txt\n",
        "dependencies/pip/requirements.txt": "Django==5.2.1\n",
        "dependencies/pip/dev_requirements.txt": "Django==5.2.1\nipython\n",
        "docs/requirements.txt": "Django==5.1\nsphinx\n",
    }
    chosen = found(files)
    assert (chosen.files, chosen.folder) == (("dependencies/pip/dev_requirements.txt",), "dependencies/pip")
    assert not found({**files, "Dockerfile": "FROM python:3.12\n"}).files[0].startswith("dependencies")


def test_a_list_of_all_that_is_installed_is_taken_where_the_one_for_development_fell_behind() -> None:
    kept = {"requirements/base.txt": "Django>=4.2\n", "requirements/local.txt": "-r base.txt\npytest\n"}
    frozen = {"requirements.txt": "Django==4.2.27\npytest==8.0\nPyJWT==2.10.1\n"}
    assert found({**kept, **frozen}).files == ("requirements.txt",)
    of_a_server = {"requirements.txt": "Django==4.2.27\ngunicorn==23.0\nPyJWT==2.10.1\n"}
    assert found({**kept, **of_a_server}).files == ("requirements/local.txt",)


def test_those_beside_manage_py_come_before_those_above() -> None:
    files = {"app/requirements.txt": "Django==4.2\n", "requirements.txt": "Django==5.2\n"}
    assert found(files, "app", ".").files == ("app/requirements.txt",)


def test_a_lock_of_another_tool_becomes_a_requirements_file_that_says_so() -> None:
    lock = '[[package]]\nname = "django"\nversion = "5.1"\n\n[[package]]\nname = "local-lib"\nversion = "1"\n'
    lock += '[package.source]\ntype = "directory"\nurl = "../lib"\n'
    chosen = found({"poetry.lock": lock})
    assert (chosen.kind, chosen.files) == ("requirements", ("requirements.devenv.txt",))
    heading, _, line = chosen.export.splitlines()
    assert heading.startswith("# Made by `devenv init` from poetry.lock (")
    assert line == "django==5.1"
    assert chosen.finding.why == "made from poetry.lock, without local-lib"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ('"^5.1"', "django>=5.1,<6"),
        ('"^0.3.1"', "django>=0.3.1,<0.4"),
        ('"~4.2"', "django>=4.2,<4.3"),
        ('"*"', "django"),
        ('"5.1.2"', "django==5.1.2"),
        ('">=5,<6"', "django>=5,<6"),
        ('{version = "^5.1", extras = ["argon2"]}', "django[argon2]>=5.1,<6"),
        ('{git = "https://x.invalid/d.git", tag = "v1"}', "django @ git+https://x.invalid/d.git@v1"),
    ],
)
def test_poetrys_words_become_pips(said: str, line: str) -> None:
    files = {"pyproject.toml": f'[tool.poetry.dependencies]\npython = "^3.11"\ndjango = {said}\n'}
    assert found(files).export.splitlines()[-1] == line


def test_a_lock_that_the_image_installs_from_wins_over_requirements() -> None:
    files = {
        "requirements.txt": "Django==4.0\n",
        "poetry.lock": '[[package]]\nname = "django"\nversion = "5.1"\n',
        "Dockerfile": "FROM python:3.12\nRUN poetry install\n",
    }
    assert found(files).packages == {"django": "5.1"}
    files["Dockerfile"] = "FROM python:3.12\nRUN pip install -r requirements.txt\n"
    assert found(files).packages == {"django": "4.0"}


@pytest.mark.parametrize(
    "name", ["uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock", "pyproject.toml", "setup.cfg"]
)
def test_a_file_that_cannot_be_read_is_none(name: str) -> None:
    chosen = found({name: "]]] {{{ \x00", "pyproject.toml": "[["})
    assert chosen.finding.why == "made from what the code imports, since no file names packages"


def test_a_package_of_an_older_poetry_lock_is_wanted_when_those_that_want_it_say_so() -> None:
    lock = """
[[package]]
name = "Django"
version = "4.1.13"
[package.dependencies]
asgiref = ">=3.5"
"backports.zoneinfo" = {version = "*", markers = "python_version < \\"3.9\\""}
tzdata = {version = "*", markers = "sys_platform == \\"win32\\""}

[[package]]
name = "asgiref"
version = "3.5.2"

[[package]]
name = "backports.zoneinfo"
version = "0.2.1"
[package.dependencies]
importlib-resources = "*"

[[package]]
name = "importlib-resources"
version = "5.12.0"

[[package]]
name = "tzdata"
version = "2023.3"
"""
    project = '[tool.poetry.dependencies]\npython = "^3.8"\nDjango = "^4.1"\ntzdata = "*"\n'
    found_ = found({"poetry.lock": lock, "pyproject.toml": project})
    assert [line for line in found_.export.splitlines() if not line.startswith("#")] == [
        "Django==4.1.13",
        "asgiref==3.5.2",
        'backports.zoneinfo==0.2.1 ; python_version < "3.9"',
        'importlib-resources==5.12.0 ; python_version < "3.9"',
        "tzdata==2023.3",
    ]


def test_what_only_windows_can_install_is_left_out() -> None:
    made = found(
        {"requirements.txt": "Django==5.2\ntwisted-iocpsupport==1.0.4\npywin32==306\nrequests==2.32\n"}
    )
    assert [line for line in made.export.splitlines() if line and not line.startswith("#")] == [
        "Django==5.2",
        "requests==2.32",
    ]


def test_a_group_that_brings_what_the_settings_need_is_installed() -> None:
    files = {
        "uv.lock": '[[package]]\nname = "django"\nversion = "5.2"\n',
        "pyproject.toml": """
[project]
dependencies = ["django"]
[dependency-groups]
dev = ["ruff"]
example = ["dj-database-url"]
docs = ["dj-database-url"]
other = ["pytest"]
""",
    }

    def groups(*needed: str) -> tuple[str, ...]:
        return find_dependencies(tree(files), (".",), dict, tuple, lambda: needed).groups

    assert groups("dj-database-url", "django") == ("dev", "example")
    assert groups("django", "ruff") == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[project]\nname = "lib"\ndependencies = ["django>=4", "oauthlib>=3"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.10"\noauthlib = ">=3"\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    django>=4\n    oauthlib>=3\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['django>=4', 'oauthlib>=3'])\n"),
    ],
)
@pytest.mark.parametrize("line", ["-e ../../../", "../../..", "-e ../../..[extra]", "--editable=../../.."])
def test_an_example_that_installs_its_library_gets_what_the_library_needs(
    name: str, text: str, line: str
) -> None:
    files = {"tests/app/idp/requirements.txt": f"Django<=5.1\n{line}\n", name: text}
    made = found(files, "tests/app/idp", ".")
    assert made.export.splitlines()[2:] == ["Django<=5.1", "oauthlib>=3"]
    assert made.files == ("tests/app/idp/requirements.devenv.txt",)


def test_a_list_that_rye_wrote_is_one_of_requirements() -> None:
    lock = "-e file:.\nasgiref==3.8.1\nDjango==4.2.17\n"
    made = found({"requirements.lock": lock, "manage.py": ""})
    assert (made.packages["django"], made.finding.why) == (
        "4.2.17",
        "made from requirements.lock, since requirements.lock installs the project itself",
    )
    plain = found(
        {"requirements.lock": "Django==4.2.17\n", "requirements-dev.lock": "Django==4.2.17\nruff==0.9\n"}
    )
    assert plain.files == ("requirements-dev.lock",)
    assert found({"requirements.lock": "Django==4.2.17\n"}).files == ("requirements.lock",)


def test_lists_that_pin_different_versions_are_not_installed_together() -> None:
    common = "django==5.2.7\nurllib3==1.26.18\ncelery==5.5.3\nrequests==2.32.5\n"
    files = {"requirements/common.txt": common, "requirements/dev.txt": "urllib3==2.0.3\nselenium==4.35.0\n"}
    assert found(files).files == ("requirements/common.txt",)


LISTS = {
    "app/config/requirements/base.txt": "Django==5.1\n",
    "app/config/requirements/dev.txt": "-r base.txt\npytest\n",
    "docs/requirements/base.txt": "django-docs\n",
}


@pytest.mark.parametrize(
    "dockerfile",
    ["", "FROM python:3.12\nCOPY config/requirements/base.txt config/requirements/dev.txt /app/\n"],
)
def test_lists_in_a_folder_of_requirements_deeper_down_are_found(dockerfile: str) -> None:
    files = {**LISTS, "app/Dockerfile": dockerfile}
    assert found(files, "app", ".").files == ("app/config/requirements/dev.txt",)


def test_a_dockerfile_names_lists_as_seen_from_its_own_folder() -> None:
    files = {
        "app/Dockerfile": "FROM python:3.12\nCOPY pip/requirements.txt /tmp\n",
        "app/pip/requirements.txt": "Django==5.1\n",
    }
    assert found(files, "app", ".").files == ("app/pip/requirements.txt",)


def test_of_a_member_of_a_workspace_the_groups_are_taken_that_the_workspace_takes() -> None:
    files = {
        "pyproject.toml": '[tool.uv]\ndefault-groups = ["app", "app-dev"]\n',
        "app/pyproject.toml": (
            '[project]\nname = "shop"\n[dependency-groups]\n'
            'app = ["Django==6.0"]\napp-dev = ["requests"]\napp-prod = ["gunicorn"]\n'
        ),
    }
    assert found(files, "app", ".").packages.keys() == {"django", "requests"}


def test_a_package_that_only_older_pythons_install_decides_nothing() -> None:
    text = "Django==4.2 ; python_version >= '3.8'\ntyped-ast==1.5.4 ; python_version < '3.8'\n"
    assert found({"requirements.txt": text}).packages == {"django": "4.2", "typed-ast": ""}
