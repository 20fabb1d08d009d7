"""One service of the compose file, as values that are still to be quoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devenv.compiler.compiled import PublishedPort, Role
from devenv.config.environment import NO_LIMITS, HealthCheck, Mount, Resources


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """One service of the compose file.

    `inputs`: the value by the dotted config path that set it. `secret_inputs`: the same for what the compose
    file does not say: values that come through app.env (digested, never written), files that it works from.
    `is_manual`: a job that nothing starts by itself.
    `process`: for a replica, the process that it is one of. `downloads`: it needs the host's proxies and
    certificates. `compose`: raw keys, to be merged in last.
    """

    name: str
    role: Role
    image: str = ""  # "" for the app's own
    process: str = ""
    is_manual: bool = False
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_dir: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    downloads: bool = False
    health_check: HealthCheck | None = None
    ports: tuple[PublishedPort, ...] = ()
    pages: tuple[int, ...] = ()
    depends_on: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, object] = field(default_factory=dict)
    secret_inputs: Mapping[str, str] = field(default_factory=dict)
    resources: Resources = NO_LIMITS
    compose: Mapping[str, object] = field(default_factory=dict)
