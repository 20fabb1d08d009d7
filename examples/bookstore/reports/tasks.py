"""What the Celery worker does."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from . import bestsellers
from .sales import sales_report


@shared_task(name="reports.build_report")
def build_report(days: int) -> dict:
    """Return the sales report of the last so many days."""
    return sales_report(timezone.now() - timedelta(days=days))


@shared_task(name="reports.refresh_bestsellers", ignore_result=True)
def refresh_bestsellers() -> None:
    """Renew the cached bestsellers; beat asks for it every 30 seconds."""
    bestsellers.refresh_bestsellers()
