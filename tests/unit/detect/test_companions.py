"""What requirements leave open, and what of it has to be held back."""

from __future__ import annotations

import pytest

from devenv.detect.companions import Companion, companions, of_layers, of_redis


@pytest.mark.parametrize(
    ("packages", "lines"),
    [
        ({"celery": "5.3.4", "redis": "4.6.0"}, ["kombu<5.4"]),
        ({"celery": "5.1.2", "redis": "3.5.3"}, ["kombu<5.3"]),
        ({"celery": "5.3.4", "redis": "4.6.0", "kombu": ""}, []),
        ({"celery": "5.3.4", "redis": "6.2.0"}, []),
        ({"celery": "5.3.4", "redis": ""}, []),
        ({"celery": "5.5.3", "redis": "5.0.1"}, []),  # it says itself which kombu it goes with
        ({"celery": "4.4.7", "redis": "3.5.3"}, []),
        ({"environs": "9.5.0"}, ["marshmallow<4"]),
        ({"environs": "14.3.0"}, []),
        ({"environs": "9.5.0", "marshmallow": "3.26.1"}, []),
        ({"djangorestframework-simplejwt": "5.2.2", "drf-yasg": "1.21.5"}, ["setuptools<81"]),
        ({"djangorestframework-simplejwt": "5.2.2", "setuptools": "75"}, []),
        ({"djangorestframework-simplejwt": "5.3.0"}, ["setuptools<81"]),
        ({"djangorestframework-simplejwt": "5.5.0", "drf-yasg": ""}, []),
        ({"django": "5.2.7"}, []),
        ({"django": "4.0.1", "djangorestframework": "3.12.4"}, ["pytz"]),
        ({"django": "3.2.1", "djangorestframework": "3.12.4"}, []),
        ({"django": "4.0.1", "djangorestframework": "3.13.1"}, []),
        ({"django": "4.0.1", "djangorestframework": "3.12.4", "pytz": "2022.1"}, []),
    ],
)
def test_what_nobody_pinned_is_held_back_where_a_newer_one_does_not_fit(
    packages: dict[str, str], lines: list[str]
) -> None:
    assert [each.line for each in companions(packages)] == lines


def test_each_line_says_why_it_is_there() -> None:
    assert companions({"celery": "5.4.0", "redis": "5.0.1"}) == (
        Companion("kombu<5.5", "celery 5.4.0 takes any kombu, and a newer one wants redis 6.1, not 5.0.1"),
    )


REDIS = "redis://redis:6379/0"


@pytest.mark.parametrize(
    ("settings", "packages", "lines"),
    [
        ({"CELERY_BROKER_URL": REDIS}, ["celery"], ["celery[redis]"]),
        ({"CELERY_BROKER_URL": "rediss://redis"}, ["celery", "psycopg2"], ["celery[redis]"]),
        (
            {"CELERY_BROKER_URL": "amqp://queue", "CELERY_RESULT_BACKEND": REDIS},
            ["celery"],
            ["celery[redis]"],
        ),
        ({"CELERY_BROKER_URL": REDIS}, ["celery", "redis"], []),
        ({"CELERY_BROKER_URL": REDIS}, ["celery", "celery[redis]"], []),
        ({"CELERY_BROKER_URL": REDIS}, ["celery", "django-redis"], []),
        ({"CELERY_BROKER_URL": "amqp://queue"}, ["celery"], []),
        ({"CELERY_BROKER_URL": REDIS}, ["rq"], []),
        ({"CACHES": {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}}, [], ["redis"]),
        ({"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}, [], []),
    ],
)
def test_the_client_of_redis_is_there(
    settings: dict[str, object], packages: list[str], lines: list[str]
) -> None:
    assert [each.line for each in of_redis(settings, dict.fromkeys(packages, ""))] == lines


LAYERS = "{'default': {'BACKEND': 'channels_redis.core.RedisChannelLayer'}}"


@pytest.mark.parametrize(
    ("layers", "packages", "lines"),
    [
        (LAYERS, {"channels": "4.0.0"}, ["channels-redis"]),
        (LAYERS, {"channels": ""}, ["channels-redis"]),
        (LAYERS, {"channels": "2.4.0"}, ["channels-redis<3"]),
        (LAYERS, {"channels": "3.0.5"}, ["channels-redis<4"]),
        (LAYERS, {"channels": "", "channels-redis": "4.2.0"}, []),
        (LAYERS, {"channels[daphne]": "4.3.0"}, ["channels-redis"]),
        (LAYERS, {"django": "5.2.8"}, []),
        ("None", {"channels": ""}, []),
    ],
)
def test_the_package_of_the_channel_layer_is_installed_where_no_list_has_it(
    layers: str, packages: dict[str, str], lines: list[str]
) -> None:
    assert [each.line for each in of_layers(layers, packages)] == lines
