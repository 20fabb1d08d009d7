"""The bestsellers of the month: computed on a schedule, read from the cache."""

from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from .sales import bestsellers

CACHE_KEY = "bestsellers"
WINDOW = timedelta(days=30)
# Several refreshes may fail before readers have to wait for a computation of their own.
KEPT_SECONDS = 5 * 60


def current_bestsellers() -> dict:
    """Return the bestsellers from the cache; compute them if it has none."""
    return cache.get(CACHE_KEY) or refresh_bestsellers()


def refresh_bestsellers() -> dict:
    """Compute the bestsellers, cache and return them."""
    now = timezone.now()
    value = {
        "refreshed_at": now,
        "books": [
            {"id": book.pk, "title": book.title, "byline": book.byline, "copies_sold": book.copies_sold}
            for book in bestsellers(now - WINDOW).prefetch_related("authors")
        ],
    }
    cache.set(CACHE_KEY, value, timeout=KEPT_SECONDS)
    return value
