"""Which tests a change touches: test modules themselves, or all where what they read changed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

from devenv.changes import ChangeKind, PathChange
from devenv.reload.reactions import ReactionKind, Rules, react

TEST_FILES = ("test_*.py", "*_test.py", "tests.py")
TEST_FOLDERS = frozenset({"tests", "test", "fixtures"})


@dataclass(frozen=True, slots=True)
class Rerun:
    """What to run again: `everything` as the user asked for it, or these test `modules`; `cause` in words."""

    everything: bool
    modules: tuple[str, ...]
    cause: str

    @property
    def is_needed(self) -> bool:
        """Whether the change touches any test."""
        return self.everything or bool(self.modules)


def rerun_for(paths: Iterable[str], loaded: Collection[str]) -> Rerun:
    """What a batch of changed paths touches. loaded: what the last run read, empty where nobody knows."""
    modules, others, untouched = [], [], []
    for path in paths:
        if is_test_module(path):
            modules.append(path)
        elif _concerns_tests(path, loaded):
            others.append(path)
        else:
            untouched.append(path)
    if others:
        return Rerun(True, (), f"{_some(others)} changed")
    if modules:
        return Rerun(False, tuple(modules), f"{_some(modules)} changed")
    return Rerun(False, (), f"{_some(untouched)} changed, which no test read")


def is_test_module(path: str) -> bool:
    """Whether the file holds tests, by its name."""
    return any(fnmatch(path.rpartition("/")[2], pattern) for pattern in TEST_FILES)


def _concerns_tests(path: str, loaded: Collection[str]) -> bool:
    kind = react(PathChange(path, ChangeKind.MODIFIED), Rules()).kind
    is_beside_tests = not TEST_FOLDERS.isdisjoint(path.split("/")[:-1]) or path.endswith("conftest.py")
    if kind is ReactionKind.CODE:
        return not loaded or path in loaded or is_beside_tests
    if kind is ReactionKind.NONE:
        return is_beside_tests
    return kind is not ReactionKind.STATIC


def with_modules(
    arguments: Sequence[str], modules: Sequence[str], *, working_dir: str, dotted: bool
) -> tuple[str, ...]:
    """The user's arguments for these modules alone; as they are where they name tests already.

    dotted: manage.py takes module names, pytest takes paths; both from the folder of manage.py.
    """
    if any(not word.startswith("-") for word in arguments):
        return tuple(arguments)
    prefix = "" if working_dir == "." else f"{working_dir}/"
    if any(not module.startswith(prefix) for module in modules):
        return tuple(arguments)
    names = [module.removeprefix(prefix) for module in modules]
    if dotted:
        names = [name.removesuffix(".py").replace("/", ".") for name in names]
    return (*arguments, *names)


def _some(paths: Sequence[str]) -> str:
    shown = ", ".join(paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more"
