"""Packages that a requirements file does not name and whose newest versions no longer go with what it pins.

Whoever installed the file when it was written got the versions of that day. A line each brings them back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from devenv.detect.database import DRIVERS

DRIVER = {"postgres": "psycopg2-binary", "mysql": "mysqlclient"}  # where no file names one


class Companion(NamedTuple):
    """A line to install beside the project's own, and why."""

    line: str
    why: str


def companions(packages: Mapping[str, str]) -> tuple[Companion, ...]:
    """What has to be held back. packages: version by normalised name, "" where it is left open."""
    return tuple(_companions(packages))


def _companions(packages: Mapping[str, str]) -> Iterator[Companion]:
    celery, redis = _numbers(packages.get("celery", "")), _numbers(packages.get("redis", ""))
    if "kombu" not in packages and (5, 0) <= celery[:2] < (5, 5) and () < redis < (6, 1):
        pinned = packages["redis"]
        why = f"celery {packages['celery']} takes any kombu, and a newer one wants redis 6.1, not {pinned}"
        yield Companion(f"kombu<5.{max(celery[1], 2) + 1}", why)
    environs = _numbers(packages.get("environs", ""))
    if "marshmallow" not in packages and () < environs < (11, 2):
        yield Companion(
            "marshmallow<4", f"environs {packages['environs']} takes any, and does not know marshmallow 4"
        )
    rest = _numbers(packages.get("djangorestframework", ""))
    if "pytz" not in packages and () < rest < (3, 13) and _numbers(packages.get("django", "")) >= (4,):
        said = packages["djangorestframework"]
        yield Companion("pytz", f"djangorestframework {said} imports pytz, which Django brings up to 3.2")
    for package, first_without in _WITH_PKG_RESOURCES.items():
        version = _numbers(packages.get(package, ""))
        if "setuptools" not in packages and () < version < first_without:
            why = f"{package} {packages[package]} imports pkg_resources, which setuptools has up to 80"
            yield Companion("setuptools<81", why)
            return


def of_settings(texts: Iterable[str], packages: Mapping[str, str]) -> tuple[Companion, ...]:
    """What has to be held back since the settings name what newer versions no longer have.

    texts: every text that stands in the settings.
    """
    whole = "\n".join(texts)
    found = [
        Companion(f"{package}<{version}", f"the settings name {name}, gone since {package} {version}")
        for name, package, version in _NAMED
        if name in whole and packages.get(package) == ""
    ]
    takes_any_kombu = "celery" in packages and "kombu" not in packages
    takes_an_old_one = takes_any_kombu and _numbers(packages["celery"]) < (5, 5)
    if _OLD_REDIS in {each.line for each in found} and takes_an_old_one:
        found.append(Companion("kombu<5.5", "a newer one wants a newer redis"))
    return tuple(found)


def of_redis(settings: Mapping[str, object], packages: Mapping[str, str]) -> tuple[Companion, ...]:
    """The client of Redis, where Celery or the cache speaks to it and nothing lists it or brings it.

    settings: the plain values of those that name servers.
    """
    if _WITH_REDIS & packages.keys():
        return ()
    for name, what in (("CELERY_BROKER_URL", "broker"), ("CELERY_RESULT_BACKEND", "result backend")):
        if "celery" in packages and str(settings.get(name)).startswith(("redis://", "rediss://")):
            return (Companion("celery[redis]", f"Celery's {what} is redis, and no file lists its client"),)
    if "django.core.cache.backends.redis.RedisCache" in str(settings.get("CACHES")):
        return (Companion("redis", "the cache is redis, and no file lists its client"),)
    return ()


def of_layers(layers: str, packages: Mapping[str, str]) -> tuple[Companion, ...]:
    """The package of the channel layer in Redis, where no list has it. layers: CHANNEL_LAYERS as a text."""
    has_channels = any(name.partition("[")[0] == "channels" for name in packages)
    if "channels_redis." not in layers or not has_channels or "channels-redis" in packages:
        return ()
    line = "channels-redis"
    number = _numbers(packages.get("channels", ""))
    if number and number < (3,):
        line += "<3"
    elif number and number < (4,):
        line += "<4"
    return (Companion(line, "CHANNEL_LAYERS is in Redis, and no file lists what it is spoken to by"),)


_WITH_REDIS = frozenset(
    ("redis", "celery[redis]", "kombu[redis]", "celery-redbeat", "channels-redis", "django-cacheops")
) | {"django-redis", "django-redis-cache", "django-rq", "rq"}
_OLD_REDIS = "redis<5"
_NAMED = (
    ("rest_framework.schemas.coreapi", "djangorestframework", "3.17"),
    ("redis.connection.HiredisParser", "redis", "5"),
)
_WITH_PKG_RESOURCES = {  # what imports it and asks for nothing that brings it: the first version without
    "django-silk": (5, 1),
    "djangorestframework-simplejwt": (5, 3, 1),
    "drf-yasg": (1, 21, 8),
    "razorpay": (1, 4, 2),
}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", version)[:3])


def of_driver(kind: str, why: str, packages: Mapping[str, str]) -> tuple[Companion, ...]:
    """The driver of a database that the settings name, where no list has any. why: how that is known."""
    usual = DRIVERS.get(kind, ())
    if not usual or {*usual} & {*packages}:
        return ()
    return (Companion(DRIVER[kind], f"{why}, and no file lists a driver for it"),)
