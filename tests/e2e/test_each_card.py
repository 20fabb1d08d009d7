"""Every kind of failure that a first start meets, made for real: its card, its log and its code.

What test_failure_cards.py brings about (a requirement, a variable, a package, a command, an import) is not
here once more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devenv.errors import BuildFailed, StartFailed
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.test_failure_cards import FILES

REQUIREMENTS = "django==5.2.19\npsycopg[binary]==3.2.10\n"
COMPILED = "--no-binary regex\nregex==2024.11.6\n"
SETTINGS = """SECRET_KEY = "of-a-test"
DEBUG = True
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/tmp/db.sqlite3"}}
"""
ENVIRONMENT = """name: NAME
python: "3.13"
app:
  settings: shop.settings
processes:
  web:
    port: 8000
jobs:
  migrate: python manage.py migrate --noinput
"""
MIGRATION = """from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_first")]
"""


def test_every_kind_of_failure_has_one_cause_with_its_evidence_and_the_next_step(
    scenario: Scenario, tmp_path: Path
) -> None:
    project = scenario.project("kinds", tmp_path / "shop")
    right = {
        **FILES,
        "devenv.yaml": ENVIRONMENT.replace("NAME", project.name),
        "requirements.txt": REQUIREMENTS,
        "shop/settings.py": SETTINGS,
    }

    def fails(changed: Mapping[str, str], code: int) -> dict[str, Any]:
        """The card of a start with these files changed, after all others were made right."""
        write(project.root, {**right, **changed})
        card = failing(project, code)
        for path in changed.keys() - right.keys():
            (project.root / path).unlink()
        return card

    with scenario.step("a package that has to be compiled, and nothing here that could"):
        card = fails({"requirements.txt": f"{REQUIREMENTS}{COMPILED}"}, BuildFailed.exit_code)
        assert (card["kind"], card["cause"]) == (
            "missing-build-tool",
            "regex is compiled here and needs a compiler, which comes from apt",
        )
        assert card["edit"]["lines"][-1].strip().startswith("system_packages: [")

    with scenario.step("settings that devenv.yaml misspells"):
        text = right["devenv.yaml"].replace("shop.settings", "shop.setings")
        card = fails({"devenv.yaml": text}, StartFailed.exit_code)
        assert (card["kind"], card["cause"], card["edit"]["lines"]) == (
            "wrong-settings-module",
            "there is no settings module `shop.setings`; did you mean `shop.settings`?",
            ["  settings: shop.settings"],
        )

    with scenario.step("a setting that Django refuses"):
        card = fails({"shop/settings.py": SETTINGS.replace(".sqlite3", ".sqlit3", 1)}, StartFailed.exit_code)
        assert (card["kind"], card["cause"]) == (
            "improperly-configured",
            "a setting is wrong: 'django.db.backends.sqlit3' isn't an available database backend or "
            "couldn't be imported. Check the above exception. To use one of the built-in backends, use "
            "'django.db.backends.XXX', where XXX is one of:",
        )

    with scenario.step("a database that is not there"):
        there = '{"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "127.0.0.1"}'
        text = f'{SETTINGS}DATABASES = {{"default": {there}}}\n'
        card = fails({"shop/settings.py": text}, StartFailed.exit_code)
        assert (card["kind"], card["cause"], card["edit"]["lines"]) == (
            "database-refused",
            "the settings look for the database at `127.0.0.1`, which in a container is the container itself",
            ["services:", "  db: postgres"],
        )

    with scenario.step("two migrations that both follow the same one"):
        first = MIGRATION.replace('[("shop", "0001_first")]', "[]")
        several = {"0001_first": first, "0002_colour": MIGRATION, "0002_size": MIGRATION}
        files = {f"shop/migrations/{name}.py": text for name, text in several.items()}
        card = fails({"shop/migrations/__init__.py": "", **files}, StartFailed.exit_code)
        assert (card["kind"], card["cause"], card["next_step"]) == (
            "migration-conflict",
            "two migrations follow the same one: 0002_colour, 0002_size in shop",
            "`devenv manage makemigrations --merge`: the file that it makes comes back to you",
        )

    with scenario.step("a port that something else in the container has"):
        twice = "[socket.create_server(('0.0.0.0', 9000)) for _ in range(2)]"
        text = right["devenv.yaml"].replace("jobs:\n", f'  feed: python -c "import socket; {twice}"\njobs:\n')
        card = fails({"devenv.yaml": text}, StartFailed.exit_code)
        assert card["kind"] == "port-taken"
        assert any("Address already in use" in line for line in card["evidence"])

    with scenario.step("a host that Django does not answer to: it runs, and says why it answers 400"):
        card = fails({"shop/settings.py": f'{SETTINGS}ALLOWED_HOSTS = ["shop.example.com"]\n'}, 0)
        assert (card["kind"], card["cause"]) == (
            "disallowed-host",
            "Django refuses requests to `localhost`: ALLOWED_HOSTS does not name it",
        )


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text() != text:
            file.write_text(text)


def failing(project: Project, code: int) -> dict[str, Any]:
    """The last card of an `up` that ends with a code; it stands beside the last lines of the log."""
    said = project.devenv("up", "-d", "--format", "json", code=code).stdout
    told = [event for line in said.splitlines() if (event := json.loads(line)).get("card")]
    card: dict[str, Any] = told[-1]["card"]
    assert all(card[part] for part in ("cause", "evidence", "next_step"))
    log = [told[-1].get(part) for part in ("details", "traceback")]
    assert any(log) or not code, "the last lines of the log are there"
    return card
