"""What compiling and the image take from disk: the Dockerfile's templates, the agent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devenv.agent.tree import digest_of
from devenv.errors import WorkspaceError

AGENT_SUFFIXES = {".py", ".js"}


def read_dockerfile_templates(*folders: Path) -> Mapping[str, str]:
    """The texts by file name; a later folder's file replaces an earlier one's. Raises WorkspaceError."""
    texts: dict[str, str] = {}
    for folder in folders:
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix in {".j2", ".yaml"})
            texts |= {path.name: path.read_text("utf-8") for path in files}
        except (OSError, UnicodeDecodeError) as error:
            raise WorkspaceError(
                f"the Dockerfile's templates in {folder} cannot be read", details=str(error)
            ) from error
    return texts


def read_agent(agent_source: Path) -> Mapping[str, bytes]:
    """The agent's modules and scripts by relative path, sorted. Raises WorkspaceError."""
    try:
        files = (path for path in agent_source.rglob("*") if path.suffix in AGENT_SUFFIXES)
        paths = sorted(path.relative_to(agent_source).as_posix() for path in files)
        return {path: (agent_source / path).read_bytes() for path in paths}
    except OSError as error:
        raise WorkspaceError(f"the agent in {agent_source} cannot be read", details=str(error)) from error


def digest_agent(agent_source: Path) -> str:
    """One digest of all the agent's files, for `compile_project`. Raises WorkspaceError."""
    modules = read_agent(agent_source)
    return digest_of("".join(f"{path} {digest_of(content)}\n" for path, content in modules.items()).encode())
