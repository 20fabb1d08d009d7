"""A host port is given out by one devenv at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from devenv.workspace.port_claims import PortClaims


@dataclass
class _Clock:
    """Time that passes only in `sleep`, which also does something."""

    meanwhile: Callable[[], object] = lambda: None
    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.meanwhile()


def _free(_: int) -> bool:
    return True


def _taken(_: int) -> bool:
    return False


def test_a_port_is_claimed_by_one_and_stays_its_own(tmp_path: Path) -> None:
    with PortClaims(tmp_path, _Clock()) as one, PortClaims(tmp_path, _Clock()) as other:
        assert [one.take(8000, _free), other.take(8000, _free), other.take(8001, _free)] == [
            True,
            False,
            True,
        ]
        assert [one.take(8000, _free), one.take(8001, _free)] == [True, False]


def test_a_port_that_is_not_free_is_not_kept(tmp_path: Path) -> None:
    with PortClaims(tmp_path, _Clock()) as one, PortClaims(tmp_path, _Clock()) as other:
        assert not one.take(8000, _taken)
        assert other.take(8000, _free)


def test_who_only_looks_at_a_port_is_waited_for(tmp_path: Path) -> None:
    with PortClaims(tmp_path, _Clock()) as other:
        looking = PortClaims(tmp_path, _Clock())
        assert looking.take(8000, _free)
        waiting = PortClaims(tmp_path, _Clock(meanwhile=lambda: looking.__exit__(None, None, None)))
        with waiting:
            assert waiting.take(8000, _free)
            assert not other.take(8000, _free)


def test_claims_end_with_their_holder_even_after_a_failure(tmp_path: Path) -> None:
    def fails() -> None:
        with PortClaims(tmp_path, _Clock()) as one:
            assert one.take(8000, _free)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with PortClaims(tmp_path, _Clock()) as other:
        assert other.take(8000, _free)


def test_a_port_that_the_engine_refused_is_not_taken_again(tmp_path: Path) -> None:
    with PortClaims(tmp_path, _Clock()) as claims:
        assert claims.take(8000, _free)
        claims.refuse(8000)
        claims.refuse(None)
        assert [claims.take(8000, _free), claims.take(8001, _free)] == [False, True]


def test_a_folder_that_cannot_be_made_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with PortClaims(tmp_path / "state" / "ports", _Clock()) as claims:
        assert claims.take(8000, _free)
