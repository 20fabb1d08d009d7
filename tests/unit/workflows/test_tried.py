from __future__ import annotations

import pytest

from devenv.errors import Card, Failure, StartFailed
from devenv.events import Event, Failed, Notice
from devenv.workflows.tried import TriedJobs


def failed(job: str) -> Failed:
    error = StartFailed(
        f"{job} failed", details="a log", hint="mend it", failure=Failure(subject=job, log="")
    )
    error.card = Card(cause="it is broken")
    return Failed.by(error)


def test_a_job_that_failed_is_told_when_its_turn_comes_and_not_before() -> None:
    told: list[Event] = []
    tried = TriedJobs({"migrate"}, told.append)
    tried.hear(failed("migrate"))
    tried.hear(Notice("something else"))

    tried.check("seed")
    with pytest.raises(StartFailed) as raised:
        tried.check("migrate")

    tried.check("migrate")  # whoever tries again, tries
    tried.tell_rest()
    assert told == [Notice("something else")]
    assert (Failed.by(raised.value), raised.value.exit_code) == (
        Failed("migrate failed", "a log", "mend it", Card(cause="it is broken")),
        6,
    )


def test_what_is_of_no_job_of_the_plan_or_has_no_turn_is_told() -> None:
    told: list[Event] = []
    tried = TriedJobs({"migrate"}, told.append)

    tried.hear(failed("web"))
    tried.hear(failed("migrate"))
    assert told == [failed("web")]

    tried.tell_rest()
    assert told == [failed("web"), failed("migrate")]
