"""Where packages come from."""

from __future__ import annotations

import hashlib

import pytest

from devenv.config.environment import Dependencies, DependencyFile
from tests.unit.config.conftest import HEAD, Project

PYPROJECT = '[project]\nname = "shop"\n\n[dependency-groups]\ndev = ["ruff"]\ntest = ["pytest"]\n'
LOCK = 'version = 1\n\n[[package]]\nname = "Django_Environ"\n\n[[package]]\nname = "psycopg"\n'


def dependencies(project: Project, written: str | None) -> Dependencies:
    key = "" if written is None else f", dependencies: {written}"
    return project.environment(f"{HEAD}app: {{settings: shop.settings{key}}}\n").app.dependencies


def file(path: str, text: str) -> DependencyFile:
    return DependencyFile(path, hashlib.sha256(text.encode()).hexdigest())


def test_includes_are_followed_once_also_in_a_circle(project: Project) -> None:
    texts = {
        "requirements/dev.txt": (
            "-r base.txt  # all of it\n--requirement=../extra.txt\nPytest_Django>=4 ; python_version > '3'\n"
        ),
        "requirements/base.txt": (
            "-c constraints.txt\n-r dev.txt\nDjango==5.2 \\\n    --hash=sha256:00\n-e .\nhttps://x/y.whl\n./z\n"
        ),
        "requirements/constraints.txt": "urllib3<3\n",
        "extra.txt": "\n",
    }
    project.write_all(texts)

    assert dependencies(project, "requirements/dev.txt") == Dependencies(
        kind="requirements",
        files=tuple(
            file(path, texts[path])
            for path in (
                "requirements/dev.txt",
                "requirements/base.txt",
                "extra.txt",
                "requirements/constraints.txt",
            )
        ),
        packages=("django", "pytest-django", "urllib3"),
        roots=1,
    )


@pytest.mark.parametrize(
    ("said", "versions"),
    [("==0.9.*", "==0.9.*"), (">=0.5, <1", "<1,>=0.5"), ("0.9.5", "==0.9.5"), ("latest", "")],
)
def test_the_versions_of_uv_that_the_project_insists_on_are_read(
    project: Project, said: str, versions: str
) -> None:
    pyproject = f'{PYPROJECT}\n[tool.uv]\nrequired-version = "{said}"\n'
    project.write_all({"pyproject.toml": pyproject, "uv.lock": LOCK})

    assert dependencies(project, "uv").uv_versions == versions


def test_several_requirements_files_are_all_installed(project: Project) -> None:
    project.write_all({"a.txt": "-r c.txt\n", "b.txt": "x\n", "c.txt": "y\n"})

    found = dependencies(project, "[a.txt, b.txt]")

    assert ([each.path for each in found.files], found.roots) == (["a.txt", "b.txt", "c.txt"], 2)


@pytest.mark.parametrize(
    ("written", "groups"),
    [
        (None, ("dev",)),
        ("uv", ("dev",)),
        ("pyproject.toml", ("dev",)),
        ("{file: pyproject.toml, groups: [test]}", ("test",)),
        ("{file: pyproject.toml, groups: []}", ()),
    ],
)
def test_a_lock_of_uv_is_read_with_its_groups(
    project: Project, written: str | None, groups: tuple[str, ...]
) -> None:
    project.write_all({"pyproject.toml": PYPROJECT, "uv.lock": LOCK, "requirements.txt": "old\n"})

    assert dependencies(project, written) == Dependencies(
        kind="uv",
        files=(file("pyproject.toml", PYPROJECT), file("uv.lock", LOCK)),
        groups=groups,
        packages=("django-environ", "psycopg"),
    )


def test_extras_of_a_locked_project_are_installed_and_one_that_it_has_not_is_named(project: Project) -> None:
    pyproject = f'{PYPROJECT}\n[project.optional-dependencies]\nkeys = ["webauthn"]\n'
    project.write_all({"pyproject.toml": pyproject, "uv.lock": LOCK, "requirements.txt": ""})

    assert dependencies(project, "{file: uv, extras: [keys]}").extras == ("keys",)
    assert project.problems(f"{HEAD}app: {{settings: s, dependencies: {{file: uv, extras: [kyes]}}}}\n") == [
        "devenv.yaml:3:54 app.dependencies.extras.0: no such extra; did you mean `keys`?"
    ]
    assert project.problems(
        f"{HEAD}app: {{settings: s, dependencies: {{file: requirements.txt, extras: [keys]}}}}\n"
    )[0] == (
        "devenv.yaml:3:59 app.dependencies.extras: only pyproject.toml has extras; "
        "list several requirements files instead"
    )


def test_a_project_without_any_file_installs_nothing(project: Project) -> None:
    assert dependencies(project, None) == Dependencies(kind="none")


def test_a_requirements_file_that_powershell_wrote_is_named(project: Project) -> None:
    (project.root / "requirements.txt").write_bytes("django\n".encode("utf-16"))

    assert project.problems(f"{HEAD}app: {{settings: shop.settings}}\n") == [
        "devenv.yaml:3:1 app.dependencies: requirements.txt: "
        "is UTF-16 (PowerShell's `>` writes that); save it as UTF-8"
    ]


def test_packages_as_of_a_day_need_no_file_to_be_named(project: Project) -> None:
    project.write_all({"requirements.txt": "django\n"})
    expected = Dependencies(
        kind="requirements",
        files=(file("requirements.txt", "django\n"),),
        packages=("django",),
        as_of="2022-03-01",
    )
    assert dependencies(project, "{as_of: 2022-03-01}") == expected
    assert dependencies(project, "{file: requirements.txt, as_of: '2022-03-01'}") == expected


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("2022-3-1", 'expected a date such as 2022-03-01, got "2022-3-1"'),
        ("20220301", "expected a date such as 2022-03-01, got the number 20220301"),
        ("2022-02-30", 'expected a date such as 2022-03-01, got "2022-02-30"; no month has such a day'),
        ("yesterday", 'expected a date such as 2022-03-01, got "yesterday"'),
        ("2999-01-01", "2999-01-01 is still to come; leave the key out to have what is newest"),
        ("", "expected a date such as 2022-03-01, got nothing; give it a value or remove the key"),
    ],
)
def test_a_day_is_one_of_the_calendar_that_has_begun(project: Project, written: str, problem: str) -> None:
    project.write_all({"requirements.txt": "django\n"})
    column = 12 if ", got" in problem and written else 5
    assert project.problems(f"{HEAD}app:\n  dependencies:\n    as_of: {written}\n") == [
        f"devenv.yaml:5:{column} app.dependencies.as_of: {problem}"
    ]


def test_a_day_that_decides_nothing_is_refused(project: Project) -> None:
    written = f"{HEAD}app:\n  dependencies: {{as_of: 2022-03-01}}\n"
    place = "devenv.yaml:4:18 app.dependencies.as_of:"
    nothing = f"{place} no file lists packages, so there is no version to choose; remove it"
    assert project.problems(written) == [nothing]
    project.write_all({"pyproject.toml": PYPROJECT, "uv.lock": LOCK})
    assert project.problems(written) == [f"{place} uv.lock says each version, of whatever day; remove it"]
