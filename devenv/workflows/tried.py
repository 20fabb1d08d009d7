"""Jobs that have failed already while a plan was carried out: each is tried, and told, once."""

from __future__ import annotations

from collections.abc import Collection

from devenv.errors import StartFailed
from devenv.events import Emit, Event, Failed


class TriedJobs:
    """Keeps to itself what is told of the jobs of a plan that failed, for who comes to their turn.

    A branch's own jobs run, and may fail, where its data becomes live: a step of the plan that has them, too.
    """

    def __init__(self, jobs: Collection[str], emit: Emit) -> None:
        self._jobs = jobs
        self._emit = emit
        self._failed: dict[str, Failed] = {}

    def hear(self, event: Event) -> None:
        """Tell it, unless it is what the job's own turn is going to raise."""
        if isinstance(event, Failed) and event.subject in self._jobs:
            self._failed[event.subject] = event
        else:
            self._emit(event)

    def check(self, job: str) -> None:
        """Raises StartFailed where it has failed."""
        if failed := self._failed.pop(job, None):
            error = StartFailed(failed.summary, details=failed.details, hint=failed.hint)
            error.card = failed.card
            raise error

    def tell_rest(self) -> None:
        """What nobody came to."""
        while self._failed:
            self._emit(self._failed.popitem()[1])
