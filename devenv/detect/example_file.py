"""`.env.example`: a text that names every variable the settings read; a person's lines stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable

from devenv.detect.contract import Use

SECRET = re.compile(r"SECRET|PASS|TOKEN|KEY|SALT|CREDENTIAL|DSN|PRIVATE", re.IGNORECASE)
_NAMED = re.compile(r"^\s*#?\s*(?:export\s+)?([A-Za-z_]\w*)\s*=")
_PLAIN = re.compile(r"[\w./:@%+,-]*")
_HEADING = (
    "# The variables that the settings read; copy it to .env. `devenv env --write-example` adds new ones."
)


def named_in(text: str) -> frozenset[str]:
    """The variables that an example names, also those that stand there as comments."""
    return frozenset(found[1] for line in text.splitlines() if (found := _NAMED.match(line)))


def missing_in(text: str, uses: Iterable[Use]) -> tuple[Use, ...]:
    """What the settings read and the example does not name."""
    named = named_in(text)
    return tuple(use for use in uses if use.name not in named)


def completed(text: str, uses: Iterable[Use]) -> str:
    """The text with what it lacks at its end; the very same text where it lacks nothing."""
    lacking = missing_in(text, uses)
    if not lacking:
        return text
    before = text or f"{_HEADING}\n"
    gap = "" if before.endswith("\n") else "\n"
    return before + gap + "".join(f"\n{_entry(use)}" for use in lacking)


def _entry(use: Use) -> str:
    """Where it is read, and the line: what has a default stands as a comment, a secret without value."""
    place = use.places[0]
    if use.is_required:
        return f"# {place}: required\n{use.name}=\n"
    return f"# {place}: optional\n# {use.name}={_quoted(shown_default(use) or '')}\n"


def shown_default(use: Use) -> str | None:
    """The default where it may be shown: not of what sounds like a secret, no URL with a password."""
    is_secret = SECRET.search(use.name) or re.search(r"://[^/]*@", use.default or "")
    return None if is_secret else use.default


def _quoted(value: str) -> str:
    return (
        value if _PLAIN.fullmatch(value) else f"'{value}'" if "'" not in value and "\n" not in value else ""
    )
