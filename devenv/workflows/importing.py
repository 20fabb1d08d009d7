"""`devenv init --import`: the settings imported in the app's image, where reading does not tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devenv.config import Choice, templates_folder
from devenv.config.locate import FILE_NAME
from devenv.detect.finding import Place
from devenv.detect.imported import Imported, completed, probe_command, read_imported
from devenv.detect.proposal import Proposal
from devenv.detect.service_kinds import load_kinds
from devenv.detect.values import Read
from devenv.detect.variables import safe_value
from devenv.errors import StartFailed
from devenv.events import Emit
from devenv.workflows.assign import assign_project
from devenv.workflows.checkout import load_checkout
from devenv.workflows.compile import write_compiled
from devenv.workflows.failures import explained
from devenv.workflows.init import Survey, environment_text, replace_environment, write_environment
from devenv.workflows.machine import Machine
from devenv.workflows.project import Project

ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the import told, and the files that were written for it."""

    imported: Imported
    written: tuple[Path, ...]


def import_environment(
    seen: Survey, proposal: Proposal, machine: Machine, emit: Emit, *, name: str | None = None
) -> Outcome:
    """Write devenv.yaml where there is none, import, and complete it, unless somebody has edited it.

    name: the compose project's, where it is not the environment's own.

    Raises BuildFailed, and StartFailed where the image cannot say anything.
    """
    target = seen.root / FILE_NAME
    written = () if target.exists() else write_environment(seen, proposal)
    is_ours = target.read_text(encoding="utf-8") == environment_text(proposal)
    project = _built(target, name, machine, emit)
    imported, env = _imported(project)
    after = completed(proposal, imported, env, load_kinds(templates_folder()))
    if is_ours and after != proposal:
        written = tuple(dict.fromkeys((replace_environment(seen, after), *written)))
    return Outcome(imported, written)


def _built(target: Path, name: str | None, machine: Machine, emit: Emit) -> Project:
    checkout = load_checkout(target, Choice(environ=machine.environ)).named(name)
    project, _ = assign_project(checkout, machine)
    write_compiled(project.checkout, machine.environ, emit, assignments=project.assigned)
    with explained(project.checkout):
        project.compose.build(emit)
    return project


def _imported(project: Project) -> tuple[Imported, dict[str, str]]:
    """What the import told, once every variable that it needs has a value; those values."""
    given: dict[str, str] = {}
    imported = _import_with(project, given)
    while imported.needed and imported.needed not in given and len(given) < ROUNDS:
        name = imported.needed
        given[name] = safe_value(Read(name=name, place=Place(FILE_NAME)), {})
        imported = _import_with(project, given)
    return imported, given


def _import_with(project: Project, given: Mapping[str, str]) -> Imported:
    service = next(each.name for each in project.checkout.compiled.services if each.built)
    variables = [f"{name}={value}" for name, value in given.items()]
    printed = project.compose.printed_by(service, ("env", *variables, *probe_command()))
    imported = read_imported(printed)
    if imported is None:
        raise StartFailed(
            "the image told nothing of the settings",
            hint=f"`devenv run {service} python manage.py diffsettings` may say why",
        )
    return imported
