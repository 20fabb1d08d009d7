"""Two clones that build on one base layer, a relative file: each compiles to what its layers say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from devenv.config import Choice
from devenv.workflows.checkout import Checkout, load_checkout

BASE = """\
python: "3.13"
app:
  settings: shop.settings
  system_packages: [gettext]
services:
  db: postgres:17
profiles:
  mail: {services: {mail: mailpit}}
"""
PROJECT = "name: shop\nextends: ../platform/base.yaml\n"
LOCAL = "services:\n  db: {version: '16'}\napp:\n  env: {DEBUG: 'true'}\n"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    for clone in ("first", "second"):
        write_all(
            tmp_path / clone,
            {"devenv.yaml": PROJECT, "manage.py": "", "shop/settings.py": "", "shop/wsgi.py": ""},
        )
    write_all(tmp_path / "platform", {"base.yaml": BASE})
    return tmp_path


def write_all(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def checkout(folder: Path, *profiles: str, **environ: str) -> Checkout:
    return load_checkout(folder / "devenv.yaml", Choice(profiles=profiles, environ=environ))


def differing(first: Checkout, second: Checkout) -> set[str]:
    """The lines that one of both compose files has, without digests."""
    lines = [set(each.compiled.files["compose.yaml"].splitlines()) for each in (first, second)]
    return {line.strip() for line in lines[0] ^ lines[1] if not line.strip().startswith("dev.devenv.")}


def test_clones_without_an_override_compile_to_the_same_bytes(team: Path) -> None:
    assert checkout(team / "first").compiled == checkout(team / "second").compiled


def test_a_local_override_changes_what_it_says_and_no_image_of_ours(team: Path) -> None:
    first = checkout(team / "first")
    write_all(team / "second", {"devenv.local.yaml": LOCAL})
    second = checkout(team / "second")

    assert differing(first, second) == {
        *("image: postgres:17", "source: db-postgres-17", "db-postgres-17: {}"),
        *("image: postgres:16", "source: db-postgres-16", "db-postgres-16: {}"),
        'DEBUG: "true"',
    }
    assert first.compiled.build_hash == second.compiled.build_hash
    assert first.compiled.files["Dockerfile"] == second.compiled.files["Dockerfile"]


def test_a_layer_that_changes_the_image_changes_it_in_both(team: Path) -> None:
    before = checkout(team / "first")
    write_all(team / "platform", {"base.yaml": BASE.replace("gettext", "gettext, jq")})

    first, second = checkout(team / "first"), checkout(team / "second")

    assert first.compiled.build_hash == second.compiled.build_hash != before.compiled.build_hash
    assert str(first.environment.origin_of("app.system_packages")) == "../platform/base.yaml:4:3"


def test_profiles_are_switched_on_from_everywhere_and_lie_below_the_local_file(team: Path) -> None:
    write_all(
        team / "second", {"devenv.local.yaml": "services: {mail: {publish: 2525}}\nuse_profiles: mail\n"}
    )

    by_option = checkout(team / "first", "mail")
    by_variable = checkout(team / "first", DEVENV_PROFILES="mail")
    by_file = checkout(team / "second")

    assert by_option.compiled == by_variable.compiled
    assert [service.name for service in by_option.environment.services] == ["db", "mail"]
    assert [service.name for service in by_file.environment.services] == ["db", "mail"]
    assert [layer.name for layer in by_file.loaded.layers] == [
        *("../platform/base.yaml", "devenv.yaml", "profile mail", "devenv.local.yaml")
    ]


def test_a_higher_file_takes_back_profiles_and_what_switches_them_on(team: Path) -> None:
    write_all(team / "first", {"devenv.yaml": f"{PROJECT}use_profiles: mail\n"})
    assert checkout(team / "first").environment.services[-1].name == "mail"

    write_all(team / "first", {"devenv.local.yaml": "use_profiles: !reset\n"})
    assert [service.name for service in checkout(team / "first").environment.services] == ["db"]

    anew = "profiles: {mail: !override {services: {post: mailpit}}}\n"
    write_all(team / "first", {"devenv.local.yaml": anew})
    assert [service.name for service in checkout(team / "first").environment.services] == ["db", "post"]


def test_a_variable_in_capitals_is_read_in_small_letters(team: Path) -> None:
    found = checkout(
        team / "first",
        DEVENV__APP__ENV__DEBUG="on",
        DEVENV__SERVICES__DB__VERSION="15",
        DEVENV__python="3.10",
    )

    origin = found.environment.origin_of("app.env.DEBUG")
    assert origin
    assert (found.environment.app.env["DEBUG"], origin.place) == ("on", "DEVENV__APP__ENV__DEBUG")
    assert found.environment.services[0].image == "postgres:15"
    assert found.environment.python == "3.10"


def test_all_that_counts_is_watched_also_what_is_not_there(team: Path) -> None:
    root = team / "first"

    assert {team / "platform" / "base.yaml", root / "devenv.yaml", root / "devenv.local.yaml"} <= {
        *checkout(root).files
    }


def test_a_file_that_two_extend_counts_once_below_both(team: Path) -> None:
    write_all(
        team / "platform",
        {
            "root.yaml": "python: '3.11'\napp: {env: {WHO: root}}\n",
            "base.yaml": f"extends: root.yaml\n{BASE}",
            "more.yaml": "extends: root.yaml\napp: {env: {MORE: yes}}\n",
        },
    )
    write_all(
        team / "first",
        {"devenv.yaml": "name: shop\nextends: [../platform/base.yaml, ../platform/more.yaml]\n"},
    )

    found = checkout(team / "first")

    assert [layer.name for layer in found.loaded.layers] == [
        *("../platform/root.yaml", "../platform/base.yaml", "../platform/more.yaml", "devenv.yaml")
    ]
    assert (found.environment.python, found.environment.app.env["WHO"]) == ("3.13", "root")
