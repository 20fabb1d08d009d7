"""A folder with a valid devenv.yaml, loaded and compiled, nothing written yet: where every command begins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import devenv.agent
from devenv.compiler.compile import compile_project
from devenv.compiler.compiled import CompiledProject, Role
from devenv.config import Choice, Environment, Loaded, find_devenv_yaml, load, templates_folder
from devenv.config.environment import Origin
from devenv.config.lock import FILE_NAME, Lock
from devenv.config.lock_file import load_lock
from devenv.engine.plan import unknown_name
from devenv.errors import UsageError
from devenv.workspace.layer_cache import GitLayers, cache_folder
from devenv.workspace.sources import digest_agent, read_dockerfile_templates
from devenv.workspace.write import FOLDER

PROJECT_NAME = r"[a-z0-9][a-z0-9_-]{0,62}"
AGENT_SOURCE = Path(devenv.agent.__file__).parent


@dataclass(frozen=True, slots=True)
class Renewal:
    """What `devenv lock --update` asks for anew; everything where nothing is named."""

    names: tuple[str, ...] = ()

    def covers(self, layer_name: str) -> bool:
        """Whether a git layer ("url#tag") is named, by its URL or in full."""
        return not self.names or any(f"{layer_name}#".startswith(f"{name}#") for name in self.names)


@dataclass(frozen=True, kw_only=True, slots=True)
class LockTerms:
    """How devenv.lock is taken: `frozen`: it says all that is needed; `renewal`: what it does not bind."""

    frozen: bool = False
    renewal: Renewal | None = None


AS_LOCKED = LockTerms()


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkout:
    """`file` is the devenv.yaml, `root` its folder, `choice` what was said outside of all files.

    `lock`: what devenv.lock says, taken by `terms`. `layers`: what gets git layers; it knows which were read.
    `chosen_name`: the compose project's name where the command line says one.
    """

    root: Path
    file: Path
    choice: Choice
    loaded: Loaded
    compiled: CompiledProject
    lock: Lock | None
    layers: GitLayers
    terms: LockTerms = AS_LOCKED
    chosen_name: str | None = None

    @property
    def environment(self) -> Environment:
        """What all layers come to."""
        return self.loaded.environment

    @property
    def files(self) -> tuple[Path, ...]:
        """All that decided the environment."""
        return (*self.loaded.files, self.root / FILE_NAME)

    @property
    def folder(self) -> Path:
        """Where the generated files are."""
        return self.root / FOLDER

    @property
    def app_folder(self) -> Path:
        """The source that is synced."""
        return self.root / self.environment.app.path

    def origin_of(self, dotted_path: str) -> Origin | None:
        """The line behind a value: of a layer, or of devenv.lock for an image's pin."""
        if dotted_path.startswith("images."):
            origins = self.lock.origins if self.lock else {}
            return origins.get(dotted_path, Origin(FILE_NAME, 1, 1))
        stem, _, key = dotted_path.rpartition(".")
        origins, version = self.environment.origins, f"{stem}.version"
        is_by_version = key == "image" and dotted_path not in origins and version in origins
        return self.environment.origin_of(version if is_by_version else dotted_path)

    def named(self, project_name: str | None) -> Checkout:
        """The same under a compose project's name of the user's choice. Raises UsageError."""
        if project_name is not None and not re.fullmatch(PROJECT_NAME, project_name):
            raise UsageError(
                f"{project_name!r} cannot be the name of a compose project",
                hint="lower-case letters, digits, - and _, such as bookstore",
            )
        return replace(self, chosen_name=project_name)

    def process_names(self) -> tuple[str, ...]:
        """The processes, in devenv.yaml's order, each replica by its own name."""
        return tuple(service.name for service in self.compiled.services if service.role is Role.PROCESS)

    def meant(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The containers that services, processes and jobs of these names are.

        Raises UsageError that lists those there are.
        """
        for name in names:
            if not self.compiled.named(name):
                raise unknown_name(name, self.compiled)
        return tuple(found for name in names for found in self.compiled.named(name))

    def web_process(self) -> str:
        """The process that commands run in unless they say another: `web`, else the first one."""
        names = self.process_names()
        return "web" if "web" in names or not names else names[0]


def open_checkout(start: Path, chosen: Path | None, choice: Choice, terms: LockTerms = AS_LOCKED) -> Checkout:
    """The checkout around `start`, or that of the `chosen` devenv.yaml. Raises what `load_checkout` does."""
    return load_checkout(find_devenv_yaml(start, chosen), choice, terms)


def load_checkout(file: Path, choice: Choice, terms: LockTerms = AS_LOCKED) -> Checkout:
    """The checkout of a devenv.yaml. Raises ConfigError; LockStale for a layer that may not be fetched."""
    lock = load_lock(file.parent)
    layers = GitLayers(
        cache_folder(),
        lock,
        choice.environ,
        renews=terms.renewal.covers if terms.renewal else None,
        frozen=terms.frozen,
    )
    loaded = load(file, templates_folder(), choice=choice, fetch=layers)
    return Checkout(
        root=file.parent,
        file=file,
        choice=choice,
        loaded=loaded,
        compiled=compile_environment(loaded.environment, lock.images if lock else {}),
        lock=lock,
        layers=layers,
        terms=terms,
    )


def compile_environment(environment: Environment, pins: Mapping[str, str]) -> CompiledProject:
    """The files that an environment becomes, with what comes with devenv. Raises ConfigError."""
    return compile_project(
        environment,
        read_dockerfile_templates(templates_folder() / "dockerfile"),
        agent_digest=digest_agent(AGENT_SOURCE),
        pins=pins,
    )
