from __future__ import annotations

from devenv.detect.commands import Command, celery_commands, option_of, with_schedule
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


def test_beat_keeps_its_schedule_where_the_user_of_the_container_may_write() -> None:
    beat = "celery -A shop beat"
    assert with_schedule(beat) == f"{beat} --schedule /tmp/celerybeat-schedule"
    assert with_schedule(f"{beat} -s /var/run/beat -l info") == f"{beat} -s /tmp/celerybeat-schedule -l info"
    assert with_schedule(f"{beat} --schedule=/run/beat") == f"{beat} --schedule=/tmp/celerybeat-schedule"
    for own in (f"{beat} -s /tmp/mine", f"{beat} --schedule var/beat"):
        assert with_schedule(own) == own
