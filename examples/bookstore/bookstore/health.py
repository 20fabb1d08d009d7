"""Whether the app can do its work: `/health/`."""

import logging
from collections.abc import Callable
from uuid import uuid4

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database and the cache both work, 503 otherwise, and name each."""
    states = {"database": _state_of(_ask_database), "cache": _state_of(_ask_cache)}
    healthy = all(state == "ok" for state in states.values())
    return JsonResponse(states, status=200 if healthy else 503)


def _state_of(probe: Callable[[], None]) -> str:
    try:
        probe()
    except Exception as error:  # every driver has its own errors; each of them means "not healthy"
        logger.exception("health check failed")
        return type(error).__name__
    return "ok"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache() -> None:
    """Write a value and read it back: a full or read-only Redis still answers a ping."""
    key = f"health:{uuid4()}"
    cache.set(key, "ok", timeout=10)
    if cache.get(key) != "ok":
        raise ConnectionError("the cache lost a value that was just written")
    cache.delete(key)
