"""A changed .po file is compiled as compilemessages does it, and only that one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from posixpath import splitext

from devenv.reload.on_change import Work

NOT_FOUND = 127  # the exit code of what cannot be run
NO_MSGFMT = "the image has no msgfmt"
REMEDY = "add gettext to app.system_packages in devenv.yaml"


def compiled_name(path: str) -> str:
    """The file that Django reads instead of a .po file."""
    return f"{splitext(path)[0]}.mo"


def compilations(paths: Iterable[str]) -> tuple[Work, ...]:
    """What to run for the .po files among changed paths, in the app's folder.

    A .po file outside of a locale folder is none that compilemessages would find.
    """
    return tuple(_compilation(path) for path in paths if is_translation(path))


def is_translation(path: str) -> bool:
    """Whether compilemessages would compile the file."""
    return path.endswith(".po") and "LC_MESSAGES" in path.split("/")[:-1]


SCRIPT = """
command -v msgfmt >/dev/null || exit 127
test -e "$1" || exit 0
exec msgfmt --check-format -o "$2" "$1"
"""
"""A command that is not there must end with its own code, whatever runs it; what is gone needs none."""


def _compilation(path: str) -> Work:
    return Work(
        rule=f"compile {path}",
        paths=(path,),
        run=("sh", "-c", SCRIPT, "sh", f"/app/{path}", f"/app/{compiled_name(path)}"),
        makes=compiled_name(path),
    )
