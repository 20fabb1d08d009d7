"""What of the app's folder is never sent to a build."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Nothing of these belongs in an image: secrets, history, caches, what other machines built.
NEVER_SENT = (
    "**/.devenv",
    "**/.devenv-sync",
    "**/.git",
    "**/.hg",
    "**/.svn",
    "**/.env",
    "**/.env.*",
    "!**/.env.example",
    "**/devenv.local.yaml",
    "**/.venv",
    "**/venv",
    "**/node_modules",
    "**/__pycache__",
    "**/*.py[cod]",
    "**/.mypy_cache",
    "**/.pytest_cache",
    "**/.ruff_cache",
    "**/.tox",
    "**/.nox",
    "**/.hypothesis",
    "**/.DS_Store",
)


def dockerignore_text(
    *, heading: str, own: str, needed: Iterable[str], ignore: Iterable[str], env_files: Iterable[str]
) -> str:
    """The text of Dockerfile.dockerignore. Later lines win, so ours come last.

    own: the project's .dockerignore, which the builder no longer reads once there is this file.
    needed: what the build copies by name, though `own` may leave it out of an image for production.
    ignore: git's pattern language.
    """
    lines = [f"# {line}".rstrip() for line in heading.splitlines()]
    lines += [line for line in own.splitlines() if line.strip()]
    lines += ["!" + re.sub(r"([\\*?[\]])", r"\\\1", path) for path in needed if own.strip()]
    lines += [translated for pattern in ignore for translated in _from_git(pattern)]
    lines += [*NEVER_SENT, *env_files]
    return "\n".join(lines) + "\n"


def _from_git(pattern: str) -> list[str]:
    """The same as a .dockerignore has it: anchored by nature, `**/` for "at any depth"."""
    sign = "!" if pattern.startswith("!") else ""
    body = pattern.removeprefix("!").strip().rstrip("/")
    if not body or body.startswith("#") or "\n" in body:
        return []
    is_anchored = "/" in body
    body = body.lstrip("/")
    return [sign + body if is_anchored else f"{sign}**/{body}"]
