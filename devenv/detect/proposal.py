"""What is proposed: the values of a devenv.yaml, each with the remark that stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devenv.detect.finding import Finding


@dataclass(frozen=True, slots=True)
class Noted:
    """A text for devenv.yaml, and where it comes from."""

    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProposedProcess(Noted):
    """A command; `settings`: its own module, `env`: variables that only it has.

    `asgi`: what is served in place of a command. `port`: where it is, 0 for none.
    """

    settings: Noted | None = None
    env: Mapping[str, Noted] = field(default_factory=dict)
    asgi: str = ""
    port: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ProposedService:
    """A service: `kind` is a definition's name, "" for an image without one.

    `prefix`: what stands before the definition's own names in the names that the settings read.
    `without`: a variable of the definition's that breaks the settings.
    `localhost`: "true", or the port, where the settings look for it on their own machine; else "".
    """

    name: str
    kind: str
    image: str
    note: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    gives: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    localhost: str = ""
    prefix: str = ""
    without: Noted | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A devenv.yaml to be. `files`: others that it needs, by path. `remarks`: what it leaves open."""

    name: str
    python: Noted
    path: str = "."
    working_dir: str = "."
    settings: Noted | None = None
    wsgi: Noted | None = None
    asgi: Noted | None = None
    dependencies: tuple[str, ...] = ()
    dependencies_note: str = ""
    as_of: Noted | None = None
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    system_packages: tuple[Noted, ...] = ()
    env: Mapping[str, Noted] = field(default_factory=dict)
    own_line: Noted | None = None  # for the Dockerfile, in its stage `dev`
    volumes: Mapping[str, Noted] = field(default_factory=dict)  # of the app: where each is
    services: tuple[ProposedService, ...] = ()
    web: Noted | None = None
    port: int = 8000
    port_note: str = ""
    host_name: str = "localhost"  # of this machine in the address of `web`
    processes: Mapping[str, ProposedProcess] = field(default_factory=dict)
    jobs: Mapping[str, Noted] = field(default_factory=dict)
    remarks: tuple[Finding, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    sent: tuple[str, ...] = ()  # names of files that .gitignore has and the app needs
    sent_tests: Mapping[str, str] = field(default_factory=dict)  # patterns: the line that leaves them out
