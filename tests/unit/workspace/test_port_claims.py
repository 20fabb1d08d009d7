"""A host port is given out by one devenv at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.workspace.port_claims import PortClaims


def test_a_port_is_claimed_by_one_and_stays_its_own(tmp_path: Path) -> None:
    with PortClaims(tmp_path) as one, PortClaims(tmp_path) as other:
        assert [one.claim(8000), other.claim(8000), other.claim(8001)] == [True, False, True]
        assert [one.claim(8000), one.claim(8001)] == [True, False]


def test_claims_end_with_their_holder_even_after_a_failure(tmp_path: Path) -> None:
    def fails() -> None:
        with PortClaims(tmp_path) as one:
            assert one.claim(8000)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with PortClaims(tmp_path) as other:
        assert other.claim(8000)


def test_a_port_that_the_engine_refused_is_not_claimed_again(tmp_path: Path) -> None:
    with PortClaims(tmp_path) as claims:
        assert claims.claim(8000)
        claims.refuse(8000)
        claims.refuse(None)
        assert [claims.claim(8000), claims.claim(8001)] == [False, True]


def test_a_folder_that_cannot_be_made_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with PortClaims(tmp_path / "state" / "ports") as claims:
        assert claims.claim(8000)
