"""The project: settings, URLs and the three ways in (WSGI, ASGI, Celery)."""

from .celery import app as celery_app

__all__ = ["celery_app"]
