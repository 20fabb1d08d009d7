from __future__ import annotations

from devenv.sync.agenda import FREE_TURNS, TURN_SECONDS, Agenda, Sign


def test_the_first_change_is_due_at_once() -> None:
    agenda = Agenda()
    agenda.note("a.py", Sign.SETTLED, at=10.0)
    assert agenda.next_due() == 10.0
    assert agenda.take(10.0) == {"a.py": 10.0}
    assert len(agenda) == 0


def test_a_file_that_is_being_written_waits_for_its_end() -> None:
    agenda = Agenda()
    agenda.note("a.py", Sign.WRITING, at=10.0)
    assert agenda.take(10.0) == {}
    agenda.note("a.py", Sign.SETTLED, at=10.05)
    assert agenda.take(10.05) == {"a.py": 10.0}


def test_a_file_that_is_held_open_is_looked_at_when_it_is_quiet() -> None:
    agenda = Agenda()
    agenda.note("a.log", Sign.WRITING, at=10.0)
    agenda.note("a.log", Sign.WRITING, at=10.1)
    assert agenda.next_due() == 10.1 + 0.2


def test_a_file_that_is_written_without_a_pause_is_looked_at_all_the_same() -> None:
    agenda = Agenda()
    for tick in range(100):
        agenda.note("a.log", Sign.WRITING, at=10.0 + tick / 10)
    assert agenda.next_due() == 12.0


def test_a_file_that_vanished_waits_for_its_successor() -> None:
    agenda = Agenda()
    agenda.note("a.py", Sign.VANISHED, at=10.0)
    agenda.note("a.py", Sign.WRITING, at=10.001)
    assert agenda.take(10.1) == {}
    agenda.note("a.py", Sign.SETTLED, at=10.11)
    assert agenda.take(10.11) == {"a.py": 10.0}


def test_a_change_of_mode_does_not_end_a_write() -> None:
    agenda = Agenda()
    agenda.note("a.py", Sign.WRITING, at=10.0)
    agenda.note("a.py", Sign.MODE, at=10.01)
    assert agenda.take(10.01) == {}


def test_a_path_that_never_stops_has_a_turn_a_second_and_delays_no_other() -> None:
    agenda = Agenda()
    taken: list[float] = []
    for tick in range(200):
        now = 10.0 + tick / 10
        agenda.note("a.log", Sign.SETTLED, at=now)
        agenda.note("a.py", Sign.SETTLED, at=now) if tick == 150 else None
        due = agenda.take(now)
        taken += [now] if "a.log" in due else []
        assert ("a.py" in due) is (tick == 150)
    assert len(taken) == FREE_TURNS + 19
    assert (agenda.next_due() or 0) <= taken[-1] + TURN_SECONDS


def test_who_saves_a_file_again_and_again_waits_for_nothing() -> None:
    agenda = Agenda()
    for save in range(FREE_TURNS):
        now = 10.0 + 0.3 * save
        agenda.note("views.py", Sign.SETTLED, at=now)
        assert agenda.take(now) == {"views.py": now}


def test_a_path_that_was_quiet_has_its_free_turns_again() -> None:
    agenda = Agenda()
    for _ in range(FREE_TURNS):
        agenda.note("a.py", Sign.SETTLED, at=10.0)
        agenda.take(10.0)
    agenda.note("a.py", Sign.SETTLED, at=10.0)
    assert agenda.take(10.0) == {}
    assert agenda.take(11.0) == {"a.py": 10.0}
    agenda.note("a.py", Sign.SETTLED, at=100.0)
    assert agenda.take(100.0) == {"a.py": 100.0}


def test_a_postponed_path_comes_sooner_when_it_changes() -> None:
    agenda = Agenda()
    agenda.postpone("a.py", until=40.0)
    assert agenda.next_due() == 40.0
    agenda.note("a.py", Sign.SETTLED, at=20.0)
    assert agenda.take(20.0) == {"a.py": 20.0}
