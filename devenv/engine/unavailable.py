"""No engine answers: the error with what to try, and a client that says so at every call."""

from __future__ import annotations

import sys
from typing import NoReturn

from devenv.engine.endpoint import SSH, Endpoint
from devenv.errors import EngineUnavailable

_START = {
    "darwin": "start Docker Desktop, OrbStack or colima (`open -a Docker`, `colima start`)",
    "win32": "start Docker Desktop; inside WSL, switch on its integration for this distribution",
    "linux": "start the engine: `sudo systemctl start docker` (rootless: `systemctl --user start docker`)",
}

_BUSY = "it is busy or hangs: wait until what it builds or removes is done and try again; then restart it"


def unavailable(endpoint: Endpoint, reason: str, platform: str = sys.platform) -> EngineUnavailable:
    """The error for an engine at `endpoint` that did not answer, because of `reason`."""
    is_busy = endpoint.socket_path is not None and "timed out" in reason
    return EngineUnavailable(
        "the container engine is there and does not answer in time"
        if is_busy
        else "no container engine answers",
        details=f"tried {endpoint.host} ({endpoint.source}): {reason}",
        hint=_BUSY if is_busy else _advice(endpoint, reason, platform),
    )


def _advice(endpoint: Endpoint, reason: str, platform: str) -> str:
    if "permission denied" in reason.lower():
        return "add yourself to the engine's group (`sudo usermod -aG docker $USER`) and log in again"
    if endpoint.host.startswith(SSH):
        return f"see whether `ssh {endpoint.host.removeprefix(SSH)} docker version` works"
    if endpoint.source == "DOCKER_HOST":
        return "correct DOCKER_HOST, or unset it to use the local engine"
    return _START.get(platform, _START["linux"]) + "; then `devenv doctor`"


class UnavailableEngine:
    """Stands where an engine would: whatever is asked of it raises the reason why there is none."""

    def __init__(self, error: EngineUnavailable) -> None:
        self._error = error

    def __getattr__(self, name: str) -> NoReturn:
        raise self._error
