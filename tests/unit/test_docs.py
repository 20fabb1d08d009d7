"""What the documents say is so."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
import typer.main

from devenv.cards.kinds import KINDS, LAST_WORDS
from devenv.cli.app import app
from devenv.config import load_environment, templates_folder
from devenv.events import Event

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
PACKAGES = sorted(path.parent for path in (ROOT / "devenv").glob("*/__init__.py"))


def test_every_command_has_a_heading_and_every_heading_a_command() -> None:
    group = typer.main.get_command(app)
    names = {name for name in getattr(group, "commands", {}) if name != "sync"}
    names |= {"sync status", "sync flush", "sync reset"}
    documented = {
        name.strip() for line in re.findall(r"^### (.+)$", COMMANDS, re.M) for name in line.split(",")
    }
    assert documented == names


def test_every_event_and_each_of_its_fields_is_documented_and_nothing_else() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", (ROOT / "docs" / "events.md").read_text("utf-8"), re.M)
    events = {event.__name__: {field.name for field in fields(event)} for event in get_args(Event)}
    assert [name for name, _ in rows] == list(events)
    for name, text in rows:
        assert events[name] <= set(re.findall(r"`(\w+)`", text)), name


def test_the_readmes_example_is_the_root_devenv_yaml(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    example = re.search(r"```yaml\n(.*?)```", readme, re.S)
    assert example
    said = "\n".join(
        line for line in (ROOT / "devenv.yaml").read_text("utf-8").splitlines() if line[:1] != "#"
    )
    assert example[1].strip() == said.strip()
    assert load_environment(ROOT / "devenv.yaml", templates_folder()).name == "bookstore"


def test_the_readme_opens_with_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert [line.split("#")[0].strip() for line in lines[2:4]] == ["make demo", "make test"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_has_a_short_readme(package: Path) -> None:
    assert 3 < len((package / "README.md").read_text("utf-8").splitlines()) <= 30


def test_every_kind_of_failure_is_in_the_troubleshooting_and_nothing_else() -> None:
    text = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    headings = re.findall(r"^### (.+)$", text, re.M)
    assert sorted(headings) == sorted((*KINDS, LAST_WORDS))
