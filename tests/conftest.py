from __future__ import annotations

import signal

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)  # a busy machine is no failure
settings.load_profile("house")

# A file is one worker's: one that takes minutes must not be the last to begin.
LONGEST = (
    "e2e/test_databases.py",
    "contract/test_init.py",
    "e2e/test_engine_restart.py",
    "e2e/test_mariadb.py",
    "contract/test_hot_equals_cold.py",
    "e2e/test_old_pythons.py",
    "e2e/test_each_card.py",
    "contract/test_own_lines.py",
    "contract/test_stand_ins.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write anew what golden files hold")


def pytest_configure() -> None:
    """A shell starts its background jobs deaf to Ctrl-C, and children inherit that: CI may be such a job."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where workers share the tests: the longest files first, and those of an instant to fill the gaps."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn_of(item.nodeid.partition("::")[0].removeprefix("tests/")))


def _turn_of(file: str) -> int:
    folders = ("e2e/", "contract/", "")
    if file in LONGEST:
        return LONGEST.index(file)
    return len(LONGEST) + next(number for number, folder in enumerate(folders) if file.startswith(folder))
