"""Reports that somebody asked for."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from celery.result import AsyncResult
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

RESULT_KEPT = timedelta(seconds=settings.CELERY_RESULT_EXPIRES)
STATUS_BY_STATE = {"PENDING": "queued", "STARTED": "running", "SUCCESS": "done", "FAILURE": "failed"}


@dataclass(frozen=True)
class Outcome:
    """How far a report is; `result` once it is done."""

    status: str
    result: dict | None = None


class Report(models.Model):
    """A request for a sales report. Its id is that of the task, whose result backend has the figures."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
        help_text="How many days back the report looks.",
    )
    requested_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return f"Sales of {self.days} days, asked for at {self.requested_at:%H:%M on %d %B %Y}"

    @property
    def outcome(self) -> Outcome:
        """Ask the result backend. A task that it has forgotten looks like one that never started."""
        task = AsyncResult(str(self.pk))
        state = task.state
        if state == "PENDING" and timezone.now() - self.requested_at > RESULT_KEPT:
            return Outcome("expired")
        return Outcome(STATUS_BY_STATE[state], task.result if state == "SUCCESS" else None)
