"""What shells complete: names of devenv.yaml. Nothing here prints or fails; in doubt nothing is proposed.

A completer takes the options that say which devenv.yaml is meant, and the begun word. It is found by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Completer = Callable[[list[str], str], list[str]]


def complete_containers(args: list[str], incomplete: str) -> list[str]:
    """Services, processes and jobs."""
    return _names(args, incomplete, "services", "processes", "jobs")


def complete_running(args: list[str], incomplete: str) -> list[str]:
    """Services and processes."""
    return _names(args, incomplete, "services", "processes")


def complete_services(args: list[str], incomplete: str) -> list[str]:
    """Services."""
    return _names(args, incomplete, "services")


def complete_jobs(args: list[str], incomplete: str) -> list[str]:
    """Jobs."""
    return _names(args, incomplete, "jobs")


def complete_profiles(args: list[str], incomplete: str) -> list[str]:
    """Profiles."""
    return _names(args, incomplete, "profiles")


def complete_keys(args: list[str], incomplete: str) -> list[str]:
    """The dotted keys one level below what is typed: `services.` -> `services.db`."""
    from devenv.config.names import written_keys

    depth = incomplete.count(".")
    return sorted(key for key in _read(args, written_keys) if key.count(".") == depth)


def complete_topics(args: list[str], incomplete: str) -> list[str]:  # noqa: ARG001 a completer's form
    """What `devenv help` has a section about."""
    from devenv.workflows.help import topics

    return list(topics())


COMPLETERS: Mapping[str, Completer] = {
    each.__name__: each
    for each in (
        complete_containers,
        complete_running,
        complete_services,
        complete_jobs,
        complete_profiles,
        complete_keys,
        complete_topics,
    )
}


def _names(args: list[str], incomplete: str, *sections: str) -> list[str]:  # noqa: ARG001 the asker chooses
    from devenv.config.names import written_names

    def read(file: Path) -> Iterable[str]:
        written = written_names(file)
        return [name for each in sections for name in written[each]]

    return sorted(set(_read(args, read)))


def _read(args: list[str], read: Callable[[Path], Iterable[str]]) -> list[str]:
    """What is read of the devenv.yaml around here, or of that which -f names; nothing where that fails."""
    from devenv.config.locate import find_devenv_yaml

    chosen = [Path(args[at + 1]) for at, word in enumerate(args[:-1]) if word in {"-f", "--file"}]
    try:
        return [*read(find_devenv_yaml(Path.cwd(), chosen[-1] if chosen else None))]
    except Exception:  # a traceback in the middle of a command line helps nobody
        return []
