"""What importing the settings in the image tells, and what becomes of a proposal by it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from devenv.config import templates_folder
from devenv.detect.finding import Finding
from devenv.detect.imported import WHY, Imported, Server, completed, findings_of, read_imported
from devenv.detect.proposal import Noted, Proposal, ProposedService
from devenv.detect.remarks import IMPORT
from devenv.detect.service_kinds import load_kinds

KINDS = load_kinds(templates_folder())
PYTHON = Noted("3.13")
DB = ProposedService(name="db", kind="postgres", image="postgres:17")
GUESSED = Proposal(
    name="shop",
    python=PYTHON,
    services=(DB,),
    jobs={"migrate": Noted("python manage.py migrate")},
    remarks=(Finding(topic="open", value=IMPORT), Finding(topic="open", value="the front end is not built")),
)
KNOWN = replace(GUESSED, remarks=GUESSED.remarks[1:])


def printed(**said: object) -> str:
    return f"settings say hello\n\ndevenv-settings:{json.dumps({'asked': [], **said})}\nbye\n"


def imported(kind: str, host: str = "", **login: str) -> Imported:
    return Imported(databases={"default": Server(kind, host, login)})


def test_what_the_probe_prints_is_found_among_what_settings_print() -> None:
    text = printed(
        databases={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "database", "USER": "me"}},
        caches={
            "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://:x@cache:6379/1"}
        },
        channels={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
        apps=["shop"],
    )
    assert read_imported(text) == Imported(
        databases={"default": Server("postgres", "database", {"user": "me"})},
        caches={"default": Server("redis", "cache")},
        channels={"default": Server("")},
        apps=("shop",),
    )


def test_an_image_that_says_nothing_of_settings_told_nothing() -> None:
    assert read_imported("python: not found\n") is None


@pytest.mark.parametrize(
    ("error", "needed"),
    [
        ("KeyError: 'SHOP_KEY'", "SHOP_KEY"),
        ("ImproperlyConfigured: Set the SHOP_KEY_ID environment variable", "SHOP_KEY_ID"),
        ("ValueError: bad port", ""),
        ("", ""),
    ],
)
def test_a_variable_is_needed_where_the_error_names_what_was_asked_for(error: str, needed: str) -> None:
    assert Imported(asked=("HOME_OF_IT", "SHOP_KEY", "SHOP_KEY_ID"), error=error).needed == needed


def test_a_guess_that_was_right_only_loses_its_remark() -> None:
    assert completed(GUESSED, imported("postgres", "db"), {}, KINDS) == KNOWN


def test_the_database_gets_the_name_by_which_settings_call_it() -> None:
    expected = replace(KNOWN, services=(replace(DB, name="database"),))
    assert completed(GUESSED, imported("postgres", "database"), {}, KINDS) == expected


def test_a_login_that_is_written_down_is_the_servers_and_the_usual_one_is_not_said() -> None:
    expected = replace(KNOWN, services=(replace(DB, settings={"user": "keeper"}),))
    assert (
        completed(GUESSED, imported("postgres", "db", user="keeper", password="app"), {}, KINDS) == expected
    )


def test_a_database_on_the_own_machine_is_forwarded() -> None:
    expected = replace(KNOWN, services=(replace(DB, localhost="true"),))
    assert completed(GUESSED, imported("postgres", "127.0.0.1"), {}, KINDS) == expected


def test_another_product_takes_the_place_of_the_guess() -> None:
    found = ProposedService(name="store", kind="mariadb", image=KINDS.default_image("mariadb"), note=WHY)
    assert completed(GUESSED, imported("mysql", "store"), {}, KINDS) == replace(KNOWN, services=(found,))


def test_sqlite_needs_no_service() -> None:
    assert completed(GUESSED, imported("sqlite"), {}, KINDS) == replace(KNOWN, services=())


@pytest.mark.parametrize("manage", ["python manage.py", "python -m django"])
def test_no_database_means_no_migration(manage: str) -> None:
    guessed = replace(GUESSED, jobs={"migrate": Noted(f"{manage} migrate --noinput")})
    assert completed(guessed, Imported(), {}, KINDS) == replace(KNOWN, services=(), jobs={})


def test_a_product_that_devenv_has_not_is_migrated_all_the_same() -> None:
    assert completed(GUESSED, imported("", "oracle"), {}, KINDS) == replace(KNOWN, services=())


def test_a_cache_that_only_running_shows_gets_its_server() -> None:
    told = replace(imported("postgres", "db"), caches={"default": Server("redis", "cache")})
    cache = ProposedService(name="cache", kind="redis", image=KINDS.default_image("redis"), note=WHY)
    assert completed(GUESSED, told, {}, KINDS) == replace(KNOWN, services=(DB, cache))


def test_variables_that_the_import_needed_are_set_even_where_it_failed_at_last() -> None:
    said = Noted("1", "asked for when the settings were imported")
    failed = Imported(error="OSError: no such file", at="/app/shop/settings.py:3")
    assert completed(GUESSED, failed, {"WORKERS": "1"}, KINDS) == replace(GUESSED, env={"WORKERS": said})
    assert findings_of(failed) == (
        Finding(
            topic="open",
            value="the settings cannot be imported: OSError: no such file (/app/shop/settings.py:3)",
        ),
    )


@pytest.mark.parametrize(
    ("hosts", "debug", "given"),
    [
        ([], False, {"SHOP_ALLOWED_HOSTS": "localhost,127.0.0.1"}),
        (["shop.example.org"], True, {"SHOP_ALLOWED_HOSTS": "localhost,127.0.0.1"}),
        ([], True, {}),
        (["*"], False, {}),
    ],
)
def test_hosts_are_given_where_django_would_not_answer(
    hosts: list[str], debug: bool, given: dict[str, str]
) -> None:
    said = printed(hosts=hosts, debug=debug, databases={}, asked=["OTHER", "SHOP_ALLOWED_HOSTS"])
    found = read_imported(said)
    assert found
    env = completed(GUESSED, found, {}, KINDS).env
    assert {name: each.value for name, each in env.items()} == given
