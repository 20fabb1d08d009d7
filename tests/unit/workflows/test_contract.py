"""The env contract of a checkout: who sets what the settings read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devenv.cli.main import run
from devenv.config import Choice
from devenv.events import Event, Notice
from devenv.workflows.checkout import Checkout, load_checkout
from devenv.workflows.contract import Variable, findings, read_contract, warn_of_missing

YAML = """name: shop
python: "3.13"
app:
  settings: shop.settings
  env_file: .env
  env:
    DEBUG: "true"
    COLOUR: red
services:
  db: postgres:17
processes:
  web: {port: 8000, env: {FROM_WEB: "1"}}
"""
SETTINGS = """import os
DEBUG = os.getenv("DEBUG")
DATABASE_URL = os.environ["DATABASE_URL"]
MAIL = os.getenv("MAIL_HOST", "localhost")
TOKEN = os.environ["TOKEN"]
LIMIT = os.environ["LIMIT"]
HERE = os.getenv("FROM_WEB")
RUNS = os.getenv("PYTHON_VERSION")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for path, text in {
        "devenv.yaml": YAML,
        "manage.py": "import django",
        "shop/__init__.py": "",
        "shop/settings.py": SETTINGS,
        "shop/wsgi.py": "",
        ".env": "# ours\nTOKEN=geheim\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return load_checkout(tmp_path / "devenv.yaml", Choice())


def variable(
    name: str, line: int, set_by: str, *, required: bool = False, default: str | None = None
) -> Variable:
    return Variable(
        name=name, read_at=(f"shop/settings.py:{line}",), required=required, default=default, set_by=set_by
    )


def test_each_variable_has_who_sets_it(checkout: Checkout) -> None:
    assert read_contract(checkout).variables == (
        variable("DATABASE_URL", 3, "services.db", required=True),
        variable("DEBUG", 2, "devenv.yaml:7"),
        variable("FROM_WEB", 7, "devenv.yaml:12"),
        variable("LIMIT", 6, "", required=True),
        variable("MAIL_HOST", 4, "", default="localhost"),
        variable("PYTHON_VERSION", 8, "the image"),
        variable("TOKEN", 5, ".env:2", required=True),
    )


def test_what_is_set_and_never_read_is_told_with_its_line(checkout: Checkout) -> None:
    assert read_contract(checkout).unread == {"COLOUR": "devenv.yaml:8"}


def test_up_says_what_is_missing_and_the_line_that_would_set_it(checkout: Checkout) -> None:
    events: list[Event] = []
    warn_of_missing(checkout, events.append)
    assert events == [
        Notice(
            "shop/settings.py:6 reads LIMIT, which is required and which nobody sets",
            "add after devenv.yaml:8:\n    LIMIT: development",
        )
    ]


def test_doctor_warns_of_both_and_names_what_has_a_default(checkout: Checkout) -> None:
    assert [(each.verdict.value, each.subject, each.seen) for each in findings(checkout)] == [
        ("warn", "variable LIMIT", "required at shop/settings.py:6, set by nobody"),
        ("warn", "variable COLOUR", "set at devenv.yaml:8, and nothing in the project mentions it"),
        ("ok", "variables", "7 read by the settings; not set, with a default: MAIL_HOST"),
    ]


def test_the_command_never_shows_a_secret_and_its_check_ends_with_1(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout.root)
    assert run(["env"]) == 0
    assert run(["env", "--format", "json", "--check"]) == 1
    said = capsys.readouterr().out
    assert "geheim" not in said
    assert json.loads(said[said.index("\n{") :])["unread"] == {"COLOUR": "devenv.yaml:8"}


def test_the_example_is_written_kept_in_step_and_checked(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout.root)
    (checkout.root / "devenv.yaml").write_text(YAML.replace("COLOUR: red", "LIMIT: 3"), encoding="utf-8")
    example = checkout.root / ".env.example"
    assert run(["env", "--check"]) == 0  # a project without an example needs none
    assert run(["env", "--write-example"]) == 0
    assert run(["env", "--check"]) == 0
    assert "geheim" not in example.read_text("utf-8")
    example.write_text(example.read_text("utf-8").replace("TOKEN=", "OTHER="), encoding="utf-8")
    assert run(["env", "--check"]) == 1
    assert "lacks TOKEN" in capsys.readouterr().out
