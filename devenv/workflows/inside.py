"""`devenv exec`, `run`, `manage` and `shell`: a command inside the environment, its exit code passed on."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from devenv.compiler.compiled import Role
from devenv.errors import NotRunning
from devenv.events import Emit
from devenv.workflows.compile import write_compiled
from devenv.workflows.exchange import bring_back
from devenv.workflows.project import Project

ANY_SHELL = ("sh", "-c", "command -v bash >/dev/null && exec bash; exec sh")


@dataclass(frozen=True, kw_only=True, slots=True)
class InsideOptions:
    """compose's options of the same names. `env`: "NAME=VALUE" each."""

    no_terminal: bool = False
    user: str | None = None
    working_dir: str | None = None
    env: tuple[str, ...] = ()

    def as_compose(self) -> tuple[str, ...]:
        """The options as compose takes them."""
        given = {"--user": self.user, "--workdir": self.working_dir}
        options = [word for option, value in given.items() if value for word in (option, value)]
        return (*options, *(word for variable in self.env for word in ("--env", variable)))


PLAIN = InsideOptions()


def exec_in(
    project: Project, emit: Emit, name: str, command: tuple[str, ...], options: InsideOptions = PLAIN
) -> int:
    """Run in the running container of `name`. Raises UsageError, NotRunning."""
    project.checkout.check_names((name,))
    if not _runs(project, name):
        raise NotRunning(f"{name} does not run", hint="start it with `devenv up -d`, or use `devenv run`")
    code = project.compose.exec(name, command, terminal=_terminal(options), options=options.as_compose())
    _bring_back_from(name, project, emit)
    return code


def run_in(
    project: Project, emit: Emit, name: str, command: tuple[str, ...], options: InsideOptions = PLAIN
) -> int:
    """Run in a container of its own, made like that of `name`. Raises UsageError, BuildFailed."""
    checkout = project.checkout
    checkout.check_names((name,))
    write_compiled(checkout, project.machine.environ, emit)
    if checkout.compiled.service(name).built and not _is_built(project):
        project.compose.build(emit)
    code = project.compose.run(name, command, terminal=_terminal(options), options=options.as_compose())
    _bring_back_from(name, project, emit)
    return code


def manage_in(
    project: Project, emit: Emit, arguments: tuple[str, ...], options: InsideOptions = PLAIN
) -> int:
    """Run manage.py where the app runs; in a container of its own where it does not."""
    name = project.checkout.web_process()
    act = exec_in if _runs(project, name) else run_in
    return act(project, emit, name, ("python", "manage.py", *arguments), options)


def shell_in(project: Project, emit: Emit, name: str | None) -> int:
    """Open the shell of a service (its own, where its definition names one) or of the app."""
    chosen = name or project.checkout.web_process()
    services = {service.name: service for service in project.checkout.environment.services}
    own = services[chosen].shell if chosen in services else ()
    return exec_in(project, emit, chosen, own or ANY_SHELL)


def _runs(project: Project, name: str) -> bool:
    return project.observe().running(name) is not None


def _is_built(project: Project) -> bool:
    return any(image.build_hash for image in project.observe().images.values())


def _bring_back_from(name: str, project: Project, emit: Emit) -> None:
    """What the command made in the app's folder, where the host wants it (migrations, lock files)."""
    if project.checkout.compiled.service(name).role is not Role.SERVICE:
        bring_back(project, emit)


def _terminal(options: InsideOptions) -> bool:
    return not options.no_terminal and sys.stdin.isatty() and sys.stdout.isatty()
