"""Rules of devenv.yaml for changed files while watching; `devenv why` tells before what they do."""

from __future__ import annotations

import json
import re

from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

RULES = """
on_change:
  - {paths: "schema/*.txt", run: "echo made of $(cat schema/a.txt); cp schema/a.txt catalog/stock.py"}
  - {paths: "*.toml", restart: beat}
  - {paths: "*.wrong", run: "echo what went wrong; exit 3"}
"""
GERMAN = "locale/de/LC_MESSAGES/django.po"


def test_changed_files_do_what_the_rules_say(scenario: Scenario, shop: Shop) -> None:
    project, root = shop.project, shop.bookstore.root
    with scenario.step("rules that are added while watching are in force"):
        before = checks.container_ids(project)
        (root / "schema").mkdir(exist_ok=True)
        with project.watching() as watch:
            (root / "devenv.yaml").write_text((root / "devenv.yaml").read_text() + RULES)
            eventually(lambda: watch.said().count("watching ") == 2)
            assert checks.container_ids(project) == before

            with scenario.step("a command runs in the container, and what it wrote is reloaded"):
                (root / "schema/a.txt").write_text("STOCK = 1\n")
                watch.says("on_change.0 | made of STOCK = 1")
                watch.says("web: runs the new code after")
                assert not (root / "catalog/stock.py").exists()

            with scenario.step("a restart is one process's alone"):
                (root / "limits.toml").write_text("a = 1\n")
                watch.says("beat: runs the new code after")
                assert not re.search(r"worker: runs the new code .*limits\.toml", watch.said())

            with scenario.step("a command that fails is told, with what it printed, and watching goes on"):
                (root / "a.wrong").touch()
                watch.says("what went wrong")
                watch.says("because a.wrong changed: exit code 3")

            with scenario.step("a translation is not compiled where the image has no gettext, and why"):
                (root / GERMAN).parent.mkdir(parents=True)
                (root / GERMAN).write_text('msgid "Book"\nmsgstr "Buch"\n')
                watch.says(f"{GERMAN} is not compiled: the image has no msgfmt")
                watch.says("hint: add gettext to app.system_packages in devenv.yaml")

    with scenario.step("why says so before, of each process as it runs now"):
        told = json.loads(project.devenv("why", "limits.toml", "--format", "json").stdout)
        assert [(each["process"], each["action"], each["rung"]) for each in told["effects"]] == [
            ("web", "none", ""),
            ("worker", "none", ""),
            ("beat", "reload", "cold"),
        ]
        told = json.loads(project.devenv("why", GERMAN, "--format", "json").stdout)
        assert "it is compiled in the container, and translations are read anew" in told["work"]
        compiled = GERMAN.replace(".po", ".mo")
        assert [each["cause"].endswith(compiled) for each in told["effects"]] == [True] * 3
        told = json.loads(project.devenv("why", "requirements.txt", "--format", "json").stdout)
        assert {(each["action"], each["rung"], each["cause"]) for each in told["effects"]} == {
            ("reload", "cold", "once other packages are installed")
        }
        told = json.loads(
            project.devenv("why", "serializers.py", "--format", "json", folder="catalog").stdout
        )
        assert told["path"] == "catalog/serializers.py"
        assert {(each["process"], each["action"], each["cause"]) for each in told["effects"]} == {
            (name, "reload", "catalog/serializers.py") for name in ("web", "worker", "beat")
        }
