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


SEVERAL = """name: shop
python: "3.13"
app:
  working_dir: shop
  settings: shop.settings
  env:
    COMMON: "1"
processes:
  web: {port: 8000, env: {ONLY_SHOP: "1"}}
  office: {port: 8001, working_dir: office, settings: office.settings}
  worker: {command: work, env: {DJANGO_SETTINGS_MODULE: shop.worker}}
jobs:
  report: {command: report, working_dir: office, settings: office.settings, env: {REPORT: daily}}
"""


@pytest.fixture
def several(tmp_path: Path) -> Checkout:
    shop = 'import os\nos.environ["COMMON"]\nos.environ["ONLY_SHOP"]\nos.getenv("BOTH", "x")\n'
    office = shop + 'os.environ["OFFICE_KEY"]\nos.environ["REPORT"]\n'
    for path, text in {
        "devenv.yaml": SEVERAL,
        "shop/manage.py": "import django",
        "shop/shop/__init__.py": "",
        "shop/shop/settings.py": shop,
        "shop/shop/worker.py": 'import os\nos.environ["QUEUE"]\n',
        "shop/shop/wsgi.py": "",
        "office/manage.py": "import django",
        "office/office/__init__.py": "",
        "office/office/settings.py": office,
        "office/office/wsgi.py": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return load_checkout(tmp_path / "devenv.yaml", Choice())


def test_each_project_of_the_file_is_read_with_what_its_own_containers_have(several: Checkout) -> None:
    shop, office = "shop/shop/settings.py", "office/office/settings.py"
    assert read_contract(several).variables == (
        Variable(name="BOTH", read_at=(f"{shop}:4", f"{office}:4"), required=False, default="x", set_by=""),
        Variable(
            name="COMMON",
            read_at=(f"{shop}:2", f"{office}:2"),
            required=True,
            default=None,
            set_by="devenv.yaml:7",
        ),
        Variable(name="OFFICE_KEY", read_at=(f"{office}:5",), required=True, default=None, set_by=""),
        Variable(name="ONLY_SHOP", read_at=(f"{office}:3",), required=True, default=None, set_by=""),
        Variable(
            name="ONLY_SHOP", read_at=(f"{shop}:3",), required=True, default=None, set_by="devenv.yaml:9"
        ),
        Variable(name="QUEUE", read_at=("shop/shop/worker.py:2",), required=True, default=None, set_by=""),
        Variable(
            name="REPORT", read_at=(f"{office}:6",), required=True, default=None, set_by="devenv.yaml:13"
        ),
    )


def test_up_and_doctor_warn_of_every_project(several: Checkout) -> None:
    events: list[Event] = []
    warn_of_missing(several, events.append)
    assert [event.text for event in events if isinstance(event, Notice)] == [
        "office/office/settings.py:5 reads OFFICE_KEY, which is required and which nobody sets",
        "office/office/settings.py:3 reads ONLY_SHOP, which is required and which nobody sets",
        "shop/shop/worker.py:2 reads QUEUE, which is required and which nobody sets",
    ]
    warned = [each.subject for each in findings(several) if each.verdict.value == "warn"]
    assert warned == ["variable OFFICE_KEY", "variable ONLY_SHOP", "variable QUEUE"]


def test_the_example_has_what_any_project_reads(
    several: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(several.root)
    assert run(["env", "--write-example"]) == 0
    written = (several.root / ".env.example").read_text("utf-8")
    assert sorted(line.lstrip("# ").partition("=")[0] for line in written.splitlines() if "=" in line) == [
        *("BOTH", "COMMON", "OFFICE_KEY", "ONLY_SHOP", "QUEUE", "REPORT"),
    ]
