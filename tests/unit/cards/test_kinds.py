"""Each kind of failure by the logs of real ones, and what only looks like one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from devenv.cards.edits import set_day
from devenv.cards.kinds import KINDS, LAST_WORDS, card_for, runtime_card
from devenv.config import load_environment, templates_folder
from devenv.config.environment import Dependencies, DependencyFile
from devenv.errors import Card, Edit, Failure
from tests.unit.cards.known import FLOATING, LOGS, card_of, environment, text_of


@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name}-{log.stem}")
def test_a_real_log_gets_its_card(log: Path) -> None:
    card = card_of(log)
    assert (card.kind, text_of(card)) == (log.parent.name, log.with_suffix(".card").read_text("utf-8"))


def test_every_kind_has_the_log_of_a_real_failure() -> None:
    told_by_other_means = {"out-of-memory", "wrong-callable"}
    assert {each.parent.name for each in LOGS} == KINDS.keys() - told_by_other_means


def card(log: str, subject: str = "web", exit_code: int | None = 1) -> Card:
    return card_for(Failure(subject=subject, log=log, exit_code=exit_code), environment(), lambda: ("shop",))


def traceback(raised: str, code: str = "x = load()", file: str = "/app/shop/views.py") -> str:
    return f'Traceback (most recent call last):\n  File "{file}", line 7, in load\n    {code}\n{raised}\n'


def test_a_database_that_devenv_yaml_names_is_not_proposed_once_more() -> None:
    told = card('2026-11-27 10:10:48.179 UTC [1609] FATAL:  database "app" does not exist\n', "db")

    assert (told.kind, told.cause, told.edit) == (
        "database-missing",
        "the server has no database `app`: its data was made under another name",
        None,
    )
    assert told.next_step == (
        "take the name back that was there before, make it beside that one "
        "(`devenv exec db createdb --username app app`), or let all be made anew: "
        "`devenv down -v` (all data goes) and `devenv up`"
    )


LOOK_ALIKES = {
    "a key that a dict of the project lacks": traceback("KeyError: 'SECRET_KEY'", "OPTIONS['SECRET_KEY']"),
    "a value that is wrong, not missing": traceback("ValueError: DEBUG must be a boolean, not 'maybe'"),
    "an answer of an API that does not validate": traceback(
        "pydantic_core.ValidationError: 1 validation error for Book\ntitle\n  Field required [type=missing]"
    ),
    "another server than the database refuses": traceback(
        "ConnectionRefusedError: [Errno 111] Connection refused"
    ),
    "a rule of the app denies something": traceback(
        "django.core.exceptions.PermissionDenied: permission denied"
    ),
    "a file of the app is not there": traceback(
        "FileNotFoundError: [Errno 2] No such file: '/app/data/x.csv'"
    ),
    "an object of the app does not exist": traceback("shop.models.Book.DoesNotExist: Book does not exist"),
    "an app's own exception speaks of memory": traceback("shop.cards.CardError: out of memory cards"),
    "a test that counts columns": traceback("AssertionError: column 3 is missing"),
    "an integrity error": traceback('django.db.utils.IntegrityError: relation "book" is violated'),
    "a NoneType that is no variable": traceback(
        "TypeError: int() argument must not be 'NoneType'", "int(row.get('a'))"
    ),
}


@pytest.mark.parametrize("log", LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_what_only_looks_like_a_known_failure_is_told_as_it_is(log: str) -> None:
    assert card(log).kind == "exception"


@pytest.mark.parametrize(
    "log",
    [
        "GET /books/99 404\nNot Found: /books/99",
        "image.png: not found",
        "the port of Hamburg is already in use by ships",
        "Collecting psycopg2",
        "INFO Python.hello was called",
    ],
)
def test_a_log_without_a_failure_is_quoted(log: str) -> None:
    told = card(log, exit_code=3)
    last = log.splitlines()[-1]
    assert (told.kind, told.cause) == (LAST_WORDS, f"it ended with exit code 3, and said at last: {last}")


def test_a_process_that_was_killed_is_told_by_its_exit_code() -> None:
    assert card("", exit_code=137).kind == "out-of-memory"
    assert card("Killed\n", exit_code=1).kind == "out-of-memory"
    assert card("", exit_code=143).kind == LAST_WORDS


def test_silence_is_said_too() -> None:
    told = card("", exit_code=1)
    assert (told.cause, told.next_step) == (
        "it ended with exit code 1, and printed nothing",
        "`devenv logs web` has all that it said",
    )


def test_a_callable_that_its_module_has_not_is_looked_up_among_the_projects() -> None:
    served = replace(environment(), app=replace(environment().app, wsgi="shop.wsgi:app"))
    log = traceback(
        "AttributeError: module 'shop.wsgi' has no attribute 'app'", file="/opt/devenv/agent/wsgi.py"
    )
    told = card_for(Failure(subject="web", log=log), served, lambda: ("shop.wsgi",))
    assert (told.kind, told.cause) == ("wrong-callable", "there is no `app` in shop.wsgi")
    assert told.edit == Edit(place="devenv.yaml:6", lines=('  wsgi: "shop.wsgi:application"',))


def test_only_a_broker_that_is_not_reached_is_told_while_a_process_runs() -> None:
    line = "consumer: Cannot connect to redis://cache:6379/0: Error -2 connecting to cache:6379."
    told = runtime_card(line, "worker", environment())
    assert told is not None
    assert told.kind == "broker-unreachable"
    assert runtime_card("Traceback (most recent call last):", "worker", environment()) is None


def test_a_package_is_not_added_to_a_file_that_init_makes_anew() -> None:
    told = environment()
    made = Dependencies(kind="requirements", files=(DependencyFile("api/requirements.devenv.txt", "a"),))
    told = replace(told, app=replace(told.app, dependencies=made))
    failure = Failure(
        subject="web", log=traceback("ModuleNotFoundError: No module named 'yaml'"), exit_code=1
    )
    assert card_for(failure, told, lambda: ("shop",)).next_step == (
        "add pyyaml to what api/requirements.devenv.txt was made from (its first line says so), "
        "`devenv init`, then `devenv up`"
    )


def test_a_version_that_is_gone_has_its_nearest_and_is_corrected_where_people_wrote_it() -> None:
    log = (
        "[dependencies 1/1] RUN python -m pip install\n"
        "ERROR: Could not find a version that satisfies the requirement rx==3.0.0b5 "
        "(from versions: 1.0.0, 1.6.3, 3.0.0, 3.1.0, 4.0.0a1)\n"
        "ERROR: No matching distribution found for rx==3.0.0b5\n"
    )
    made = Dependencies(kind="requirements", files=(DependencyFile("requirements.devenv.txt", "a"),))
    told = environment()
    told = replace(told, app=replace(told.app, dependencies=made))
    card = card_for(Failure(subject="build", log=log), told)
    assert (card.cause, card.next_step) == (
        "there is no rx==3.0.0b5 to install; the nearest is 3.0.0",
        "correct the version in what requirements.devenv.txt was made from (its first line says so, and "
        "`devenv init` makes it anew)",
    )


def test_failing_checks_heal_with_a_save_where_it_is_a_process_that_they_keep_from_starting() -> None:
    log = "System check identified 1 issue:\nSystemCheckError: ?: (shop.E001) wrong\n\tHINT: mend it\n"
    assert [card(log, subject).next_step for subject in ("web", "migrate")] == [
        "save the correction",
        "correct it, then `devenv up`; the command is that of `migrate`",
    ]


@pytest.mark.parametrize(
    ("written", "edit"),
    [
        ("", Edit(place="devenv.yaml:5", lines=("  dependencies:", "    as_of: 2020-05-12"))),
        (
            "  dependencies: requirements.txt\n",
            Edit(
                place="devenv.yaml:6",
                lines=("  dependencies: {file: requirements.txt, as_of: 2020-05-12}",),
                follows=False,
            ),
        ),
        (
            "  dependencies: [requirements.txt, more.txt]\n",
            Edit(
                place="devenv.yaml:6",
                lines=("  dependencies: {file: [requirements.txt, more.txt], as_of: 2020-05-12}",),
                follows=False,
            ),
        ),
        (
            "  dependencies:\n    file: requirements.txt\n",
            Edit(place="devenv.yaml:7", lines=("    as_of: 2020-05-12",)),
        ),
        (
            "  dependencies:\n    as_of: 2019-01-01\n",
            Edit(place="devenv.yaml:7", lines=("    as_of: 2020-05-12",), follows=False),
        ),
        (
            "  dependencies: {as_of: 2019-01-01, file: more.txt}\n",
            Edit(
                place="devenv.yaml:6",
                lines=("  dependencies: {file: more.txt, as_of: 2020-05-12}",),
                follows=False,
            ),
        ),
    ],
)
def test_the_day_of_the_packages_is_written_where_devenv_yaml_has_them(
    written: str, edit: Edit, tmp_path: Path
) -> None:
    for name in ("manage.py", "requirements.txt", "more.txt"):
        (tmp_path / name).touch()
    file = tmp_path / "devenv.yaml"
    file.write_text(f'name: x\npython: "3.13"\nprocesses: {{a: sleep 1}}\napp:\n  settings: x\n{written}')
    told = load_environment(file, templates_folder())
    assert set_day(told, "2020-05-12") == edit
    lines = file.read_text().splitlines()
    at = int(edit.place.rpartition(":")[2])
    lines[at if edit.follows else at - 1 : at] = edit.lines
    file.write_text("\n".join(lines))
    assert load_environment(file, templates_folder()).app.dependencies.as_of == "2020-05-12"


def test_an_error_of_the_projects_own_is_no_rot() -> None:
    log = traceback("AttributeError: 'Settings' object has no attribute 'SHOP'")
    failure = Failure(subject="web", log=log, exit_code=1)
    assert card_for(failure, environment(), lambda: ("shop",), lambda: FLOATING).kind == "exception"


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (
            "fixtures: python manage.py loaddata a",
            "fixtures: {command: python manage.py loaddata a, when: manual}",
        ),
        (
            "fixtures: python manage.py loaddata a && echo done",
            'fixtures: {command: "python manage.py loaddata a && echo done", when: manual}',
        ),
        ("fixtures: {command: python manage.py loaddata a}", "when: manual"),
    ],
)
def test_a_job_whose_fixture_cannot_be_loaded_may_wait_until_it_is_asked_for(
    written: str, line: str, tmp_path: Path
) -> None:
    file = tmp_path / "devenv.yaml"
    head = 'name: shop\npython: "3.13"\napp: {settings: shop.settings, wsgi: "shop.wsgi:application"}\n'
    head += "processes: {web: {port: 8000}}\n"
    file.write_text(f"{head}jobs:\n  {written}\n")
    failure = Failure(subject="fixtures", log="CommandError: No fixture named 'a' found.\n", exit_code=1)
    told = card_for(failure, load_environment(file, templates_folder()))
    assert told.kind == "fixture-not-loaded"
    assert told.edit is not None
    assert [each.strip() for each in told.edit.lines] == [line]
