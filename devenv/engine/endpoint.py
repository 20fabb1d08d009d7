"""Which engine the user means: DOCKER_HOST, else the chosen docker context, else the platform's default."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devenv.errors import EngineUnavailable

UNIX = "unix://"
NAMED_PIPE = "npipe://"
SSH = "ssh://"
DEFAULT_SOCKET = "unix:///var/run/docker.sock"
DEFAULT_PIPE = "npipe:////./pipe/docker_engine"


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """The address of an engine.

    `host`: as DOCKER_HOST has it. `source`: what named it, for messages. `tls_folder`: holds ca.pem,
    cert.pem, key.pem where the engine wants TLS.
    """

    host: str
    source: str
    tls_folder: Path | None = None
    tls_verify: bool = True

    @property
    def socket_path(self) -> str | None:
        """The path of a Unix socket; None for every other kind of address."""
        return self.host.removeprefix(UNIX) if self.host.startswith(UNIX) else None


def locate_endpoint(environ: Mapping[str, str], home: Path, platform: str) -> Endpoint:
    """The engine that `docker` itself would talk to. `platform` as sys.platform has it.

    Raises EngineUnavailable for a context that does not exist.
    """
    if host := environ.get("DOCKER_HOST"):
        return _from_environment(host, environ, home)
    folder = _config_folder(environ, home)
    name = environ.get("DOCKER_CONTEXT") or _current_context(folder)
    if name and name != "default":
        return _from_context(name, folder)
    default = DEFAULT_PIPE if platform == "win32" else DEFAULT_SOCKET
    return Endpoint(host=default, source="the default address")


def _from_environment(host: str, environ: Mapping[str, str], home: Path) -> Endpoint:
    verify = bool(environ.get("DOCKER_TLS_VERIFY"))
    folder = environ.get("DOCKER_CERT_PATH")
    wants_tls = verify or bool(folder)
    return Endpoint(
        host=host,
        source="DOCKER_HOST",
        tls_folder=Path(folder or _config_folder(environ, home)) if wants_tls else None,
        tls_verify=verify or not wants_tls,
    )


def _config_folder(environ: Mapping[str, str], home: Path) -> Path:
    return Path(environ.get("DOCKER_CONFIG") or home / ".docker")


def _current_context(folder: Path) -> str:
    config = _load_json(folder / "config.json")
    return str(config.get("currentContext") or "")


def _from_context(name: str, folder: Path) -> Endpoint:
    # The docker CLI keeps each context in a folder named by the SHA-256 of its name.
    identifier = hashlib.sha256(name.encode()).hexdigest()
    meta = _load_json(folder / "contexts" / "meta" / identifier / "meta.json")
    endpoints = meta.get("Endpoints")
    docker = endpoints.get("docker") if isinstance(endpoints, dict) else None
    if not isinstance(docker, dict) or not docker.get("Host"):
        raise EngineUnavailable(
            f"the docker context {name!r} does not exist",
            details=f"looked in {folder / 'contexts'}",
            hint="list the contexts with `docker context ls` and choose one with `docker context use`",
        )
    tls_folder = folder / "contexts" / "tls" / identifier / "docker"
    return Endpoint(
        host=str(docker["Host"]),
        source=f"the docker context {name!r}",
        tls_folder=tls_folder if tls_folder.is_dir() else None,
        tls_verify=not docker.get("SkipTLSVerify", False),
    )


def _load_json(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
