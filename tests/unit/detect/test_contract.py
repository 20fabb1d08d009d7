"""Which variables settings read, and which names nobody reads."""

from __future__ import annotations

import pytest

from devenv.detect.contract import Use, read_uses, unread
from devenv.detect.finding import Place
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\nimport django\n'


def uses(settings: str, given: dict[str, str] | None = None, **others: str) -> tuple[Use, ...]:
    named = {f"shop/{name}.py": text for name, text in others.items()}
    files = {"manage.py": MANAGE, "shop/__init__.py": "", "shop/settings.py": settings, **named}
    return read_uses(tree(files), ".", None, given or {})


def use(name: str, line: int, *, required: bool, default: str | None = None) -> Use:
    place = Place("shop/settings.py", line)
    return Use(name=name, places=(place,), is_required=required, default=default)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ('import os\nA = os.environ["A"]', use("A", 2, required=True)),
        ('import os\nA = os.environ.get("A")', use("A", 2, required=False)),
        ('import os\nA = os.getenv("A", "blue")', use("A", 2, required=False, default="blue")),
        (
            'import environ\nenv = environ.Env(A=(bool, False))\nA = env("A")',
            use("A", 3, required=False, default="False"),
        ),
        ('from decouple import config\nA = config("A")', use("A", 2, required=True)),
        (
            'from decouple import config\nA = config("A", default=3, cast=int)',
            use("A", 2, required=False, default="3"),
        ),
        ("import dj_database_url\nDB = dj_database_url.config()", use("DATABASE_URL", 2, required=False)),
        ('import os\nSECRET_KEY = os.environ.get("KEY")', use("KEY", 2, required=True)),
    ],
)
def test_a_variable_is_read_where_it_is_and_required_where_nothing_loads_without_it(
    settings: str, expected: Use
) -> None:
    assert uses(settings) == (expected,)


def test_what_is_given_decides_which_branch_asks_for_more() -> None:
    settings = 'import os\nif os.getenv("S3") == "on":\n    BUCKET = os.environ["BUCKET"]\n'
    assert [each.name for each in uses(settings)] == ["S3"]
    assert [each.name for each in uses(settings, {"S3": "on"})] == ["BUCKET", "S3"]


def test_the_celery_app_beside_the_settings_is_read_too() -> None:
    found = uses("", celery='import os\nBROKER = os.environ["BROKER"]\n')
    assert [(each.name, str(each.places[0])) for each in found] == [("BROKER", "shop/celery.py:2")]


def test_a_default_that_hangs_on_another_variable_is_none_to_write_down() -> None:
    found = uses('import os\nA = os.getenv("A", "x")\nB = os.getenv("B", A)\n')
    assert [(each.name, each.default) for each in found] == [("A", "x"), ("B", None)]


def test_a_default_below_the_project_is_no_place_of_this_machine() -> None:
    settings = """import os
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
STATIC_ROOT = os.environ.get("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
MEDIA_ROOT = os.environ.get("MEDIA_ROOT", BASE_DIR / "media")
URL = os.environ.get("URL", f"sqlite:///{BASE_DIR}/db.sqlite3")
"""
    assert [(each.name, each.default) for each in uses(settings)] == [
        ("MEDIA_ROOT", "media"),
        ("STATIC_ROOT", "staticfiles"),
        ("URL", None),
    ]


def test_nothing_is_read_where_there_are_no_settings() -> None:
    assert read_uses(tree({"manage.py": "import django"}), ".", None, {}) == ()


@pytest.mark.parametrize(
    "name", ["PYTHONUNBUFFERED", "CELERY_BROKER_URL", "PGPASSWORD", "SENTRY_DSN", "AWS_REGION", "TZ"]
)
def test_what_a_library_reads_of_itself_is_not_called_unread(name: str) -> None:
    assert unread(tree({"shop/settings.py": ""}), [name]) == ()


@pytest.mark.parametrize(
    "path", ["shop/views.py", "start.sh", "Dockerfile", "setup.cfg", "frontend/app.js", "templates/base.html"]
)
def test_a_name_that_any_source_mentions_is_not_called_unread(path: str) -> None:
    assert unread(tree({path: "the COLOUR of it"}), ["COLOUR"]) == ()


@pytest.mark.parametrize(
    "path", [".env", ".env.example", "devenv.yaml", "docker-compose.dev.yml", "README.md"]
)
def test_where_a_name_is_only_set_or_described_nobody_reads_it(path: str) -> None:
    assert unread(tree({path: "COLOUR=red", "shop/settings.py": ""}), ["COLOUR"]) == ("COLOUR",)
