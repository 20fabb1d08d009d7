"""How the agent is started in the app's containers."""

from __future__ import annotations

from devenv.config.environment import is_old

FOLDER = "/opt/devenv/agent"
OWN_PYTHON = "/opt/devenv/python/bin/python3.9"  # where the app's is too old; dev.j2 brings it


def agent_python(python: str) -> str:
    """The interpreter of the agent beside an app on `python`: the image's own, never the app's venv."""
    return OWN_PYTHON if is_old(python) else "/usr/local/bin/python"


def agent_command(python: str) -> tuple[str, ...]:
    """What the agent's own arguments follow."""
    return (agent_python(python), "-I", FOLDER)
