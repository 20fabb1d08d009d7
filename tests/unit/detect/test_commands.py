from __future__ import annotations

from devenv.detect.commands import Command, celery_commands, option_of
from devenv.detect.finding import Place

HERE = Place("Procfile", 1)


def told(text: str) -> list[tuple[str, dict[str, str]]]:
    return [(each.text, dict(each.env)) for each in celery_commands([Command(text, HERE)], "worker")]


def test_what_stands_before_celery_is_left_out_and_its_variables_are_kept() -> None:
    assert told("env QUEUE=fast A=1 newrelic-admin run-program celery -A shop worker -D") == [
        ("celery -A shop worker", {"QUEUE": "fast", "A": "1"})
    ]


def test_another_command_is_none_of_celery() -> None:
    assert told("gunicorn shop.wsgi") == told("celery -A $APP worker") == told("celery -A shop beat") == []


def test_an_option_has_its_value_behind_it_or_in_it() -> None:
    assert option_of("celery worker -Q a,b", "-Q", "--queues") == "a,b"
    assert option_of("celery worker --queues=c", "-Q", "--queues") == "c"
    assert option_of("celery worker", "-Q", "--queues") == option_of("celery -Q", "-Q") == ""
