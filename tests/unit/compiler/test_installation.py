"""Which changes of packages an install can follow, by which commands, and what is said of the others."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

import pytest

from devenv.compiler.compile import compile_project
from devenv.compiler.compiled import CompiledProject
from devenv.compiler.installation import (
    installation_of,
    is_repeatable,
    only_in_a_build,
    only_packages_differ,
    package_changes,
    why_rebuilt,
)
from devenv.config.environment import Dependencies, DependencyFile, Environment
from tests.unit.compiler.environments import APP, SHOP, TEMPLATES

REQUIREMENTS = ("requirements.txt",)


@dataclass(frozen=True)
class Described:
    environment: Environment
    compiled: CompiledProject


def described(environment: Environment) -> Described:
    return Described(environment, compile_project(environment, TEMPLATES))


def shop(*packages: str, digest: str = "aa", files: tuple[str, ...] = REQUIREMENTS) -> Environment:
    """The shop with these packages listed in files of this content."""
    found = tuple(DependencyFile(path, digest) for path in files)
    needs = Dependencies(kind="requirements", files=found, packages=packages, roots=1)
    return replace(SHOP, app=replace(APP, dependencies=needs))


def dated(day: str, digest: str = "aa") -> Environment:
    """The shop with its packages as of a day."""
    environment = shop(digest=digest)
    needs = replace(environment.app.dependencies, as_of=day)
    return replace(environment, app=replace(environment.app, dependencies=needs))


def locked(digest: str = "aa", groups: tuple[str, ...] = ("dev",)) -> Environment:
    files = (DependencyFile("pyproject.toml", "pp"), DependencyFile("uv.lock", digest))
    needs = Dependencies(kind="uv", files=files, groups=groups)
    return replace(SHOP, app=replace(APP, dependencies=needs))


def differ(before: Environment, after: Environment) -> bool:
    return only_packages_differ(described(before), described(after))


def reason(before: Environment, after: Environment) -> str:
    return why_rebuilt(described(before), described(after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(shop(), shop("humanize", digest="bb"), id="another package"),
        pytest.param(shop(), shop(files=("requirements.txt", "more.txt")), id="a file that is included"),
        pytest.param(locked(), locked("bb"), id="uv.lock"),
    ],
)
def test_what_files_of_packages_say_is_followed_by_an_install(
    before: Environment, after: Environment
) -> None:
    assert differ(before, after)
    assert reason(before, after) == ""


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (shop("psycopg2", digest="bb"), "gcc, libc6-dev, libpq-dev, libpq5 of Debian are needed"),
        (shop("uwsgi", "weasyprint", digest="bb"), None),
        (replace(shop(digest="bb"), python="3.12"), "more than packages changed"),
        (locked(), "more than packages changed"),
        (replace(shop(digest="bb"), name="other"), "more than packages changed"),
    ],
)
def test_what_else_an_image_has_is_a_reason_to_rebuild_and_named(after: Environment, why: str | None) -> None:
    assert not differ(shop(), after)
    assert reason(shop(), after) == (why or reason(shop(), after))
    assert reason(shop(), after).endswith(("needed", "changed"))


def test_a_debian_package_that_nobody_needs_any_more_is_a_reason_too() -> None:
    assert reason(shop("python-magic"), shop(digest="bb")) == "libmagic1 of Debian is not needed any more"


def test_uv_does_not_know_an_old_python() -> None:
    before, after = (replace(shop(digest=digest), python="3.6") for digest in ("aa", "bb"))
    assert reason(before, after) == "uv knows no Python 3.6"


def test_an_edit_that_is_about_no_package_is_no_reason_at_all() -> None:
    edited = replace(SHOP, app=replace(APP, env={"DEBUG": "false"}))
    assert reason(SHOP, edited) == ""
    assert not differ(SHOP, SHOP)


def test_requirements_are_installed_exactly_and_what_they_include_is_only_beside_them() -> None:
    environment = shop("django", files=("requirements/dev.txt", "requirements/base.txt"))
    installation = installation_of(environment)
    assert installation.paths == ("requirements/dev.txt", "requirements/base.txt")
    assert installation.commands == (
        ("uv", "pip", "install", "--exact", "--requirement", "requirements/dev.txt"),
    )


def test_packages_are_taken_as_of_the_same_day_as_in_the_image() -> None:
    environment = dated("2022-03-01")
    assert installation_of(environment).commands == (
        (
            *("uv", "pip", "install", "--exact", "--exclude-newer", "2022-03-01T23:59:59Z"),
            *("--exclude-newer-package", "atomicwrites=2022-12-31T23:59:59Z"),  # it was uploaded anew
            *("--requirement", "requirements.txt"),
        ),
    )
    (command,) = installation_of(environment).commands
    in_the_image = shlex.join(word for word in command if word != "--exact")
    assert in_the_image in described(environment).compiled.files["Dockerfile"]
    assert differ(environment, dated("2022-03-01", digest="bb"))


def test_packages_of_a_day_find_a_compiler_in_the_stage_that_builds_them() -> None:
    debian = [
        described(replace(dated(day), python=python)).compiled.system_packages
        for day, python in (("", "3.8"), ("2020-03-01", "3.8"), ("2022-03-01", "3.8"), ("2020-03-01", "2.7"))
    ]
    assert debian == [(), ("gcc", "libc6-dev"), (), ()]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("", "2022-03-01", "they are as of 2022-03-01"),
        ("2022-03-01", "2022-03-02", "they are as of 2022-03-02"),
        ("2022-03-01", "", "they are no longer as of 2022-03-01"),
    ],
)
def test_another_day_is_another_image(before: str, after: str, why: str) -> None:
    assert not differ(dated(before), dated(after))
    assert reason(dated(before), dated(after)) == why


def test_what_the_image_has_beside_the_files_stays() -> None:
    app = replace(APP, wsgi=None, asgi="shop.asgi:application")
    environment = replace(SHOP, python="3.11", app=app)
    assert installation_of(environment).commands == (
        (
            *("uv", "pip", "install", "--exact", "--requirement", "requirements.txt"),
            *("uvicorn", "httptools", "uvloop", "websockets", "setuptools"),
        ),
    )
    own = Dependencies(kind="requirements", files=APP.dependencies.files, packages=("setuptools", "uvicorn"))
    assert installation_of(replace(environment, app=replace(app, dependencies=own))).assumes == ()


def test_what_lines_of_ones_own_installed_stays() -> None:
    lines = {"dev": "RUN uv pip install --no-deps --editable /app"}
    listed, synced = (replace(each, app=replace(each.app, dockerfile=lines)) for each in (SHOP, locked()))
    assert installation_of(listed).commands[0][:4] == ("uv", "pip", "install", "--requirement")
    assert "--inexact" in installation_of(synced).commands[0]


def test_a_lock_is_synced_with_its_groups_as_in_the_image() -> None:
    sync = ("uv", "sync", "--frozen", "--no-install-project", "--no-default-groups", "--group", "dev")
    assert installation_of(locked()).commands == (sync,)
    served = locked()
    served = replace(served, app=replace(served.app, wsgi=None, asgi="shop.asgi:application"))
    assert installation_of(served).commands == (
        sync,
        ("uv", "pip", "install", "uvicorn", "httptools", "uvloop", "websockets"),
    )


@pytest.mark.parametrize(
    ("output", "missing"),
    [
        ("error: No solution found when resolving dependencies\n", ""),
        ("error: Couldn't parse requirement in `r.txt` at position 0\n", ""),
        ("error: Hash mismatch for `six==1.17.0`\n", ""),
        (
            "Resolved 3\nerror: Failed to build `psycopg2==2.9.9`\n",
            "error: Failed to build `psycopg2==2.9.9`",
        ),
        (
            "error: Git operation failed\n  cause: Git executable not found. Ensure that Git is installed\n",
            "cause: Git executable not found. Ensure that Git is installed",
        ),
        (
            "error: Failed to install\n  cause: Read-only file system (os error 30)\n",
            "cause: Read-only file system (os error 30)",
        ),
    ],
)
def test_only_what_a_build_may_have_leads_to_a_build(output: str, missing: str) -> None:
    assert only_in_a_build(output, installation_of(shop())) == missing


def test_changes_are_told_as_what_came_what_moved_and_what_went() -> None:
    before = ["django==5.2.18", "six==1.17.0", "shop @ git+https://git.example/shop@1"]
    after = ["django==5.2.19", "humanize==4.17.0", "shop @ git+https://git.example/shop@2"]
    assert package_changes(before, after) == (
        "humanize 4.17.0",
        "django 5.2.18 → 5.2.19",
        "shop git+https://git.example/shop@1 → git+https://git.example/shop@2",
        "no six any more",
    )
    assert package_changes(before, before) == ()


@pytest.mark.parametrize(
    ("text", "came", "can_be"),
    [
        ("-r base.txt\n-c limits.txt\nhumanize\n", "humanize==4.17.0", True),
        ("humanize==4.17.0 --hash=sha256:00\n", "humanize==4.17.0", False),
        ("--extra-index-url https://index.example/\nhumanize\n", "humanize==4.17.0", False),
        ("-e ./shop\n", "humanize==4.17.0", False),
        ("shop @ git+https://git.example/shop\n", "shop @ git+https://git.example/shop@1", False),
        ("./shop\n", "-e file:///app/shop", False),
    ],
)
def test_only_releases_of_the_usual_index_are_repeated_by_name(text: str, came: str, *, can_be: bool) -> None:
    before = ("six==1.17.0", "-e file:///app/old")
    assert is_repeatable({"requirements.txt": text}, before, (*before, came)) is can_be


def test_the_recipe_of_an_image_leaves_out_its_packages_and_nothing_else() -> None:
    hashes = {recipe(each) for each in (shop(), shop("six", digest="bb"))}
    others = {
        recipe(replace(shop(), python="3.12")),
        recipe(replace(SHOP, app=replace(APP, system_packages=("gettext",)))),
        recipe(replace(SHOP, app=replace(APP, build_args={"A": "1"}))),
    }
    assert len(hashes) == 1
    assert len(others - hashes) == 3


def recipe(environment: Environment) -> str:
    return described(environment).compiled.recipe_hash
