"""`devenv exec`, `run`, `manage` and `shell`: a command inside the environment, its exit code passed on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath

from devenv.compiler.compiled import Role
from devenv.compiler.containers import put_through
from devenv.errors import NotRunning
from devenv.events import Emit
from devenv.workflows.compile import write_compiled
from devenv.workflows.exchange import agreeing
from devenv.workflows.failures import explained
from devenv.workflows.jobs import holding_data
from devenv.workflows.project import Project

OPTIONS_WITH_VALUE = frozenset(
    {"-e", "--extension", "-n", "--name", "-x", "--exclude", "--template", "--settings", "--pythonpath", "-v"}
)
ANY_SHELL = ("sh", "-c", "command -v bash >/dev/null && exec bash; exec sh")


@dataclass(frozen=True, kw_only=True, slots=True)
class InsideOptions:
    """compose's options of the same names. `env`: "NAME=VALUE" each. `makes`: see `made_by_manage`.

    `is_migration`: takes its turn with the jobs.
    """

    no_terminal: bool = False
    user: str | None = None
    working_dir: str | None = None
    env: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    is_migration: bool = False

    def as_compose(self) -> tuple[str, ...]:
        """The options as compose takes them."""
        given = {"--user": self.user, "--workdir": self.working_dir}
        options = [word for option, value in given.items() if value for word in (option, value)]
        return (*options, *(word for variable in self.env for word in ("--env", variable)))


PLAIN = InsideOptions()


def exec_in(
    project: Project, emit: Emit, name: str, command: tuple[str, ...], options: InsideOptions = PLAIN
) -> int:
    """Run in the running container of `name`; its exit code. Raises UsageError, NotRunning."""
    project.checkout.meant((name,))
    if not _runs(project, name):
        raise NotRunning(f"{name} does not run", hint="start it with `devenv up -d`, or use `devenv run`")
    with _agreeing(project, emit, name, options):
        return project.compose.exec(
            name, command, terminal=wants_terminal(options), options=options.as_compose()
        )


def run_in(
    project: Project, emit: Emit, name: str, command: tuple[str, ...], options: InsideOptions = PLAIN
) -> int:
    """Run in a container of its own like that of `name`; its exit code. Raises UsageError, BuildFailed."""
    checkout = project.checkout
    checkout.meant((name,))
    write_compiled(checkout, project.machine.environ, emit, assignments=project.assigned)
    if checkout.compiled.service(name).built:
        command = (*put_through(checkout.environment), *command)
        if not _is_built(project):
            with explained(checkout):
                project.compose.build(emit)
    with _agreeing(project, emit, name, options):
        return project.compose.run(
            name, command, terminal=wants_terminal(options), options=options.as_compose()
        )


def manage_in(
    project: Project, emit: Emit, arguments: tuple[str, ...], options: InsideOptions = PLAIN
) -> int:
    """Run manage.py where the app runs; in a container of its own where it does not."""
    name = project.checkout.web_process()
    act = exec_in if _runs(project, name) else run_in
    makes = made_by_manage(arguments, project.checkout.environment.app.working_dir)
    options = replace(options, makes=makes, is_migration=arguments[:1] == ("migrate",))
    manage = project.checkout.environment.app.manage
    return act(project, emit, name, (*manage, *arguments), options)


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


@contextmanager
def _agreeing(project: Project, emit: Emit, name: str, options: InsideOptions) -> Iterator[None]:
    """The command finds what was saved; what it makes in the app's folder comes back where it is wanted."""
    if project.checkout.compiled.service(name).role is Role.SERVICE:
        yield
        return
    turn = holding_data(project, emit) if options.is_migration else nullcontext()
    with agreeing(project, emit, options.makes), turn:
        yield


def made_by_manage(arguments: tuple[str, ...], working_dir: str) -> tuple[str, ...]:
    """Patterns of what the host wants of a manage.py command: the folder that startapp fills, all of it."""
    if arguments[:1] not in {("startapp",), ("startproject",)}:
        return ()
    names = [
        word
        for before, word in pairwise(arguments)
        if not word.startswith("-") and before not in OPTIONS_WITH_VALUE
    ]
    return tuple(f"/{PurePosixPath(working_dir, name)}/**" for name in names[-1:])


def wants_terminal(options: InsideOptions) -> bool:
    """Whether the command gets a terminal: there is one, and nobody said no."""
    return not options.no_terminal and sys.stdin.isatty() and sys.stdout.isatty()
