"""What shells complete: names of devenv.yaml. Nothing here prints or fails; in doubt nothing is proposed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import typer

Completer = Callable[[typer.Context, str], list[str]]


def _names_of(*sections: str) -> Completer:
    """Completes the names below these sections."""

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        names = _read(context, lambda file: [name for each in sections for name in _written(file)[each]])
        return sorted({name for name in names if name.startswith(incomplete)})

    return complete


complete_containers = _names_of("services", "processes", "jobs")
complete_running = _names_of("services", "processes")
complete_services = _names_of("services")
complete_profiles = _names_of("profiles")


def complete_keys(context: typer.Context, incomplete: str) -> list[str]:
    """The dotted keys one level below what is typed: `services.` -> `services.db`."""
    from devenv.config.names import written_keys

    depth = incomplete.count(".")
    keys = _read(context, written_keys)
    return sorted(key for key in keys if key.startswith(incomplete) and key.count(".") == depth)


def complete_topics(incomplete: str) -> list[str]:
    """What `devenv help` has a section about."""
    from devenv.workflows.help import topics

    return [topic for topic in topics() if topic.startswith(incomplete)]


def _written(file: Path) -> Mapping[str, Iterable[str]]:
    from devenv.config.names import written_names

    return written_names(file)


def _read(context: typer.Context, read: Callable[[Path], Iterable[str]]) -> list[str]:
    """What is read of the devenv.yaml around here, or of that which -f names; nothing where that fails."""
    from devenv.config import find_devenv_yaml

    try:
        return [*read(find_devenv_yaml(Path.cwd(), context.find_root().params.get("file")))]
    except Exception:  # a traceback in the middle of a command line helps nobody
        return []
