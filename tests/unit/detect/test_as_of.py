"""The day as of which packages are taken, and what of a project it decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from devenv.cli.init import findings_text
from devenv.config import templates_folder
from devenv.detect.as_of import Committed, History, day_to_try, django_of, newest_python, no_history
from devenv.detect.dependencies import written_down
from devenv.detect.project import Detected, detect
from devenv.detect.projects import find_projects
from devenv.detect.proposal import Noted
from devenv.detect.render import render_yaml
from devenv.detect.service_kinds import load_kinds
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\nimport django\n'
KINDS = load_kinds(templates_folder())
PYTHONS = (*((3, minor) for minor in range(14, 4, -1)), (2, 7))
TODAY = date(2026, 11, 27)


def committed(day: str, *, is_first: bool = False) -> History:
    """Everything was committed that day."""
    return lambda paths: Committed(path=paths[0], day=date.fromisoformat(day), is_first=is_first)


def detected(files: Mapping[str, str], history: History) -> Detected:
    found = tree({"manage.py": MANAGE, "settings.py": "", **files})
    return detect(
        found, find_projects(found)[0], KINDS, name="x", pythons=PYTHONS, history=history, today=TODAY
    )


def as_of(requirements: str, day: str, **files: str) -> Noted | None:
    return detected({"requirements.txt": requirements, **files}, committed(day)).proposal.as_of


def told(found: Detected) -> list[str]:
    return [findings_text([each]) for each in found.findings if each.topic in {"as of", "python"}]


def test_an_old_list_without_versions_is_taken_as_of_its_last_commit() -> None:
    found = detected(
        {"requirements.txt": "Django\ndjangorestframework>=3\ncelery\nredis==3\nsix\n"},
        committed("2020-06-12"),
    )
    assert told(found) == [
        "python  3.8, guess: the newest that Django 3.0 and the packages run on",
        "as of  2020-06-12, likely: requirements.txt, last committed then, "
        "and no version is said of django, djangorestframework, celery and 1 more (requirements.txt)",
    ]
    assert (
        "  dependencies:\n"
        "    file: requirements.txt\n"
        "    as_of: 2020-06-12                             # requirements.txt, last committed then\n"
    ) in render_yaml(found.proposal)


def test_half_a_year_of_rest_is_enough() -> None:
    found = as_of("Django\ncelery\n", "2026-03-01")
    assert found is not None
    assert found.value == "2026-03-01"


@pytest.mark.parametrize(
    ("requirements", "day"),
    [
        pytest.param("Django==3.0.6\ncelery===4.4\n", "2020-06-12", id="every version is said"),
        pytest.param("Django\n", "2026-06-01", id="not half a year old"),
        pytest.param("Django>=4.0\n", "2020-06-12", id="a Django that was not there yet"),
        pytest.param("Django\n-c constraints.txt\n", "2020-06-12", id="constraints say versions"),
        pytest.param(
            "Django==3.0\nshop @ git+https://example.com/shop\n-e git+https://example.com/y#egg=y\n",
            "2020-06-12",
            id="addresses have no versions",
        ),
    ],
)
def test_no_day_is_proposed_where_it_decides_nothing_or_cannot_be(requirements: str, day: str) -> None:
    assert as_of(requirements, day) is None


def test_a_line_without_end_is_read_as_fast_as_any_other() -> None:
    assert as_of("Django==3.0\n" + "a" * 1_000_000 + "@\n" + "b " * 500_000 + "@\n", "2020-06-12") is not None


def test_what_is_in_no_repository_has_no_day() -> None:
    found = detected({"requirements.txt": "Django\n"}, no_history)
    assert (found.proposal.as_of, found.proposal.python.value) == (None, "3.14")


def test_of_a_shallow_clone_the_day_is_a_guess() -> None:
    found = detected({"requirements.txt": "Django\n"}, committed("2022-03-01", is_first=True))
    assert told(found)[1] == (
        "as of  2022-03-01, guess: requirements.txt, last committed then or before: the clone is shallow, "
        "and no version is said of django (requirements.txt)"
    )


def active(first: str, *later: str) -> History:
    """The list was committed once, the code on later days, too."""
    days = tuple(map(date.fromisoformat, later))
    return lambda paths: Committed(path=paths[0], day=date.fromisoformat(first), later=days)


def test_the_day_is_that_on_which_work_ended() -> None:
    found = detected(
        {"requirements.txt": "Django\n"}, active("2020-09-23", "2020-11-25", "2021-04-13", "2025-11-09")
    )
    assert found.proposal.as_of == Noted(
        "2021-04-13", "the code was committed until then, requirements.txt on 2020-09-23"
    )


def test_code_that_is_being_worked_on_goes_with_what_is_newest() -> None:
    every_year = [f"{year}-05-01" for year in range(2021, 2027)]
    for later in (every_year, ["2026-10-01"]):
        assert detected({"requirements.txt": "Django\n"}, active("2020-09-23", *later)).proposal.as_of is None


def test_a_lock_needs_no_day() -> None:
    lock = '[[package]]\nname = "django"\nversion = "3.2"\n'
    assert detected({"pyproject.toml": "", "uv.lock": lock}, committed("2022-03-01")).proposal.as_of is None
    assert detected({"poetry.lock": lock}, committed("2022-03-01")).proposal.as_of is None


def test_the_day_of_a_file_that_init_writes_is_that_of_its_source() -> None:
    asked: list[tuple[str, ...]] = []

    def history(paths: tuple[str, ...]) -> Committed:
        asked.append(paths)
        return Committed(path=paths[0], day=date(2021, 6, 1))

    pipfile = '[packages]\ndjango = "*"\n'
    before = detected({"Pipfile": pipfile}, history).proposal
    assert (before.as_of, asked) == (Noted("2021-06-01", "Pipfile, last committed then"), [("Pipfile",)])
    again = detected({"Pipfile": pipfile, **before.files}, history).proposal
    assert (again.as_of, asked) == (before.as_of, [("Pipfile",)] * 2)


def test_a_list_that_init_makes_of_imports_is_of_the_day_of_the_code() -> None:
    found = detected({}, committed("2021-06-01")).proposal
    assert found.as_of == Noted("2021-06-01", "the code was last committed then")


def test_a_list_that_init_makes_has_what_the_settings_only_name() -> None:
    settings = (
        'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "db"}}\n'
        'CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://cache/1"}}\n'
        'CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}}\n'
    )
    made = detected({"settings.py": settings}, committed("2021-06-01")).proposal.files[
        "requirements.devenv.txt"
    ]
    lines = [line for line in made.splitlines() if not line.startswith("#")]
    assert lines == ["channels-redis", "Django", "django-redis", "psycopg2-binary"]


def test_what_an_included_file_says_counts_and_what_is_installed_beside_does_not() -> None:
    files = {"requirements.txt": "-r base.txt\nDjango==3.2\n", "base.txt": "environs==9.3\n"}
    found = detected(files, committed("2021-06-01")).proposal
    assert (found.as_of, "requirements.devenv.txt" in found.files) == (None, True)
    assert detected({**files, "base.txt": "environs\n"}, committed("2021-06-01")).proposal.as_of is not None


def test_a_migration_by_a_newer_django_moves_the_day() -> None:
    migrations = {
        "shop/migrations/0001_initial.py": "# Generated by Django 2.2.5 on 2019-10-01 10:00\n",
        "shop/migrations/0002_b.py": "# Generated by Django 4.0.2 on 2022-02-10 10:00\n",
        "shop/migrations/0003_c.py": "# Generated by Django 4.0.4 on 2022-04-20 10:00\n",
    }
    found = detected({"requirements.txt": "Django\n", **migrations}, committed("2020-06-12")).proposal
    assert found.as_of == Noted("2022-04-20", "shop/migrations/0003_c.py was made then, by Django 4.0")
    assert found.python.value == "3.10"


def to_try(history: History, **files: str) -> tuple[str, str] | None:
    found = tree({"requirements.txt": "Django\n", **files})
    day = day_to_try(written_down(found, ("requirements.txt",)), found, history, TODAY)
    return (str(day.day), day.why) if day else None


def test_for_what_fails_a_day_is_found_where_init_takes_none() -> None:
    assert to_try(active("2020-09-23", "2026-11-01")) == (
        "2020-09-23",
        "requirements.txt, last committed then",
    )
    assert to_try(committed("2026-06-01")) == ("2026-06-01", "requirements.txt, last committed then")
    assert to_try(committed("2026-10-01")) is None


def test_where_git_tells_nothing_the_last_migration_does() -> None:
    migrations = {
        "shop/migrations/0001_initial.py": "# Generated by Django 2.2.5 on 2019-10-01 10:00\n",
        "shop/migrations/0002_b.py": "# Generated by Django 2.2.9 on 2020-02-10 10:00\n",
        "shop/migrations/0003_c.py": "# Generated by Django 2.2.9 on 2020-02-31 10:00\n",
    }
    said = ("2020-02-10", "shop/migrations/0002_b.py was made then, by Django 2.2")
    for history in (no_history, committed("2026-11-20")):
        assert to_try(history, **migrations) == said
    assert to_try(no_history) is None


def test_a_python_that_was_not_there_yet_moves_the_day_to_when_it_was_named() -> None:
    days = {"requirements.txt": "2020-06-12", "Dockerfile": "2023-05-01"}
    files = {"requirements.txt": "Django\n", "Dockerfile": "FROM python:3.11\n"}

    def history(paths: tuple[str, ...]) -> Committed | None:
        return Committed(path=paths[0], day=date.fromisoformat(days[paths[0]])) if paths else None

    found = detected(files, history).proposal
    assert (found.as_of, found.python.value) == (
        Noted("2023-05-01", "Dockerfile, last committed then"),
        "3.11",
    )
    days["Dockerfile"] = "2021-01-01"  # its date is wrong, too
    assert detected(files, history).proposal.as_of is None


@pytest.mark.parametrize(
    ("requirements", "day", "django", "python"),
    [
        ("Django\n", "2020-05-12", "3.0", "3.8"),
        ("Django\n", "2022-05-12", "4.0", "3.10"),
        ("Django>=2.2,<4\n", "2020-09-23", "3.1", "3.8"),
        ("Django<3\n", "2021-09-23", "2.2", "3.9"),
        ("Django~=3.2.4\n", "2022-09-23", "3.2.4", "3.10"),
        ("Django\n", "2019-03-31", "2.1", "3.7"),
        ("Django\n", "2019-04-01", "2.2", "3.8"),
        ("Django\npillow\n", "2019-11-27", "2.2", "3.7"),
        ("Django\npillow\n", "2019-11-28", "2.2", "3.8"),
        ("Django\n", "2016-02-01", "1.9", "3.5"),
        ("Django\n", "2012-05-01", "1.4", "2.7"),
    ],
)
def test_django_and_python_are_those_of_the_day(
    requirements: str, day: str, django: str, python: str
) -> None:
    found = detected({"requirements.txt": f"{requirements}celery\n"}, committed(day))
    assert told(found)[0].startswith(f"python  {python}, guess: the newest that Django {django} and")


def test_a_range_that_only_newer_pythons_fit_gets_the_oldest_of_them() -> None:
    files = {"requirements.txt": "Django\n", "pyproject.toml": '[project]\nrequires-python = ">=3.11"\n'}
    assert detected(files, committed("2022-12-01")).proposal.python.value == "3.11"


def test_tables_of_releases_go_to_the_newest_that_there_is() -> None:
    assert (django_of(TODAY), newest_python(TODAY)) == ((6, 1), (3, 14))
    assert (django_of(date(2000, 1, 1)), newest_python(date(2000, 1, 1))) == ((1, 0), (3, 5))
