"""A folder with a valid devenv.yaml, loaded and compiled, nothing written yet: where every command begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import devenv.agent
from devenv.compiler.compile import compile_project
from devenv.compiler.compiled import CompiledProject
from devenv.config import Choice, Environment, Loaded, find_devenv_yaml, load, templates_folder
from devenv.errors import UsageError
from devenv.workspace.sources import digest_agent, read_dockerfile_templates
from devenv.workspace.write import FOLDER

AGENT_SOURCE = Path(devenv.agent.__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkout:
    """`file` is the devenv.yaml, `root` its folder, `choice` what was said outside of all files.

    `chosen_name`: the compose project's name where the command line says one.
    """

    root: Path
    file: Path
    choice: Choice
    loaded: Loaded
    compiled: CompiledProject
    chosen_name: str | None = None

    @property
    def environment(self) -> Environment:
        """What all layers come to."""
        return self.loaded.environment

    @property
    def files(self) -> tuple[Path, ...]:
        """All that decided the environment."""
        return self.loaded.files

    @property
    def folder(self) -> Path:
        """Where the generated files are."""
        return self.root / FOLDER

    @property
    def app_folder(self) -> Path:
        """The source that is synced."""
        return self.root / self.environment.app.path

    def named(self, project_name: str | None) -> Checkout:
        """The same under a compose project's name of the user's choice."""
        return replace(self, chosen_name=project_name)

    def process_names(self) -> tuple[str, ...]:
        """The processes, in devenv.yaml's order."""
        return tuple(process.name for process in self.environment.processes)

    def check_names(self, names: tuple[str, ...]) -> None:
        """Every one of `names` is a service, process or job. Raises UsageError that lists those there are."""
        known = [service.name for service in self.compiled.services]
        for name in names:
            if name not in known:
                raise UsageError(
                    f"there is no {name!r} in {self.file.name}", hint=f"there are: {', '.join(known)}"
                )

    def web_process(self) -> str:
        """The process that commands run in unless they say another: `web`, else the first one."""
        names = self.process_names()
        return "web" if "web" in names or not names else names[0]


def open_checkout(start: Path, chosen: Path | None, choice: Choice) -> Checkout:
    """The checkout around `start`, or that of the `chosen` devenv.yaml. Raises ConfigError."""
    return load_checkout(find_devenv_yaml(start, chosen), choice)


def load_checkout(file: Path, choice: Choice) -> Checkout:
    """The checkout of a devenv.yaml. Raises ConfigError."""
    loaded = load(file, templates_folder(), choice=choice)
    return Checkout(
        root=file.parent,
        file=file,
        choice=choice,
        loaded=loaded,
        compiled=compile_environment(loaded.environment),
    )


def compile_environment(environment: Environment) -> CompiledProject:
    """The files that an environment becomes, with what comes with devenv. Raises ConfigError."""
    return compile_project(
        environment,
        read_dockerfile_templates(templates_folder() / "dockerfile"),
        agent_digest=digest_agent(AGENT_SOURCE),
    )
