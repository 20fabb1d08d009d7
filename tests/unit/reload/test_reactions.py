"""What a changed path means."""

from __future__ import annotations

import pytest

from devenv.changes import ChangeKind, PathChange
from devenv.reload import Reaction, ReactionKind, Rules, react, reactions_to

RULES = Rules(
    dependency_files=frozenset({"requirements.txt", "requirements/base.txt", "pyproject.toml", "uv.lock"}),
    config_files=frozenset({"devenv.yaml", ".env"}),
    restart_files=frozenset({"config/local.ini"}),
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("shop/views.py", "code"),
        ("shop/templates/shop/index.html", "template"),
        ("shop/templates/mails/welcome.txt", "template"),
        ("shop/templates/icons/cart.svg", "template"),
        ("shop/jinja2/page.html.j2", "template"),
        ("pages/about.html", "template"),
        ("locale/de/LC_MESSAGES/django.mo", "translation"),
        ("locale/de/LC_MESSAGES/django.po", "none"),
        ("shop/static/shop/app.js", "static"),
        ("shop/static/shop/page.html", "static"),
        ("theme/main.css", "static"),
        ("theme/logo.PNG", "static"),
        ("requirements.txt", "rebuild"),
        ("requirements/base.txt", "rebuild"),
        ("uv.lock", "rebuild"),
        ("other/requirements.txt", "none"),
        ("devenv.yaml", "config"),
        (".env", "config"),
        ("config/local.ini", "restart"),
        ("fixtures/books.json", "none"),
        ("shop/.env", "restart"),
        (".env.local", "restart"),
        (".env.example", "none"),
        ("shop/.environment", "none"),
        ("README.md", "none"),
        ("Makefile", "none"),
        ("notes.txt", "none"),
        ("shop/views.pyc", "none"),
    ],
)
def test_an_edited_path_has_the_reaction_of_its_kind(path: str, kind: str) -> None:
    assert react(PathChange(path, ChangeKind.MODIFIED), RULES).kind == kind


@pytest.mark.parametrize("kind", [ChangeKind.CREATED, ChangeKind.DELETED])
def test_a_python_file_that_comes_or_goes_changes_what_imports_find(kind: ChangeKind) -> None:
    assert react(PathChange("shop/json.py", kind), RULES).kind is ReactionKind.MODULES


def test_what_the_environment_names_comes_before_what_the_name_says() -> None:
    rules = Rules(restart_files=frozenset({"shop/static/flags.js", "shop/settings.py"}))
    changes = [
        PathChange("shop/static/flags.js", ChangeKind.MODIFIED),
        PathChange("shop/settings.py", ChangeKind.MODIFIED),
    ]
    assert [reaction.kind for reaction in reactions_to(changes, rules)] == ["restart", "restart"]


def test_a_reaction_names_its_path_and_its_cause() -> None:
    assert reactions_to([PathChange("a/b.py", ChangeKind.DELETED)], Rules()) == (
        Reaction(ReactionKind.MODULES, "a/b.py", "a Python file is gone"),
    )


def test_dependencies_and_configuration_are_the_hosts_own_work() -> None:
    assert {kind for kind in ReactionKind if not kind.is_for_agents} == {
        ReactionKind.REBUILD,
        ReactionKind.CONFIG,
    }
