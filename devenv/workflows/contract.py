"""The env contract of a checkout: what the settings read, who sets it, and what is set and read by nobody."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import dirname, join, normpath

from devenv.cards.edits import add_variable
from devenv.config.environment import Environment, Job, Process
from devenv.detect.contract import Use, merged_uses, read_uses, unread
from devenv.detect.example_file import completed, missing_in, shown_default
from devenv.detect.testing import SETTINGS
from devenv.detect.tree import Tree, load_tree
from devenv.engine.checks import Finding, Verdict
from devenv.errors import ConfigError, Edit
from devenv.events import Emit, Notice
from devenv.sync.ignore import tracked_though_ignored
from devenv.workflows.checkout import Checkout

EXAMPLE = ".env.example"
OF_THE_IMAGE = re.compile(
    r"PATH|HOME|HOSTNAME|LANG|GPG_KEY|PYTHON_\w+|PYTHONUNBUFFERED|VIRTUAL_ENV|UV_\w+|(?i:https?|no)_proxy|"
    r"SSL_CERT_FILE|REQUESTS_CA_BUNDLE"
)
"""What official Python images, devenv's Dockerfile and the host's own network settings bring."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """A variable that the settings read. `read_at`: file and line, from devenv.yaml's folder.

    `set_by`: "devenv.yaml:11", ".env:3", "services.db", "the image"; "" where nobody does. Never a value:
    `default` is the settings' own, and left out where the name sounds like a secret.
    """

    name: str
    read_at: tuple[str, ...]
    required: bool
    default: str | None
    set_by: str

    @property
    def is_missing(self) -> bool:
        """Whether nothing starts until somebody sets it."""
        return self.required and not self.set_by


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """`unread`: where it is set, of what nothing in the project mentions. `uses`: as they were read."""

    variables: tuple[Variable, ...]
    unread: Mapping[str, str]
    uses: tuple[Use, ...]

    @property
    def missing(self) -> tuple[Variable, ...]:
        """The variables without which the settings do not load."""
        return tuple(variable for variable in self.variables if variable.is_missing)


@dataclass(frozen=True, slots=True)
class _Project:
    """One Django project of the file: where it is, and the keys whose `env` its containers have."""

    working_dir: str
    settings: str | None
    sections: tuple[str, ...]


def read_contract(checkout: Checkout, *, search: bool = True) -> Contract:
    """Read the settings of all Django projects of a checkout; nothing runs.

    search: all source, too, for what is never read.
    """
    files = load_tree(checkout.app_folder, tracked_though_ignored(checkout.app_folder))
    read = [_read(project, checkout, files) for project in _projects(checkout.environment)]
    uses = merged_uses(use for _, uses in read for use in uses)
    setters = dict(_setters(checkout))
    names = {name: where for name, where in setters.items() if not where.startswith("services.")}
    idle = unread(files, names.keys() - {use.name for use in uses}) if search else ()
    return Contract(
        variables=_merged(variable for variables, _ in read for variable in variables),
        unread={name: names[name] for name in idle},
        uses=uses,
    )


def _projects(environment: Environment) -> tuple[_Project, ...]:
    """The Django projects that processes and jobs run; the app's own where none does."""
    app = environment.app
    sections: dict[tuple[str, str | None], list[str]] = {}
    for kind, runs in (("processes", environment.processes), ("jobs", environment.jobs)):
        for run in runs:
            project = run.project or app
            chosen = run.env.get(SETTINGS) or project.settings or app.env.get(SETTINGS)
            sections.setdefault((project.working_dir, chosen), []).append(f"{kind}.{run.name}")
    sections = sections or {(app.working_dir, app.settings): []}
    return tuple(_Project(*where, ("app", *keys)) for where, keys in sections.items())


def _read(project: _Project, checkout: Checkout, files: Tree) -> tuple[tuple[Variable, ...], tuple[Use, ...]]:
    environment, app = checkout.environment, checkout.environment.app
    own = {name: value for run in _runs(environment, project) for name, value in run.env.items()}
    given = {**_given(environment), **app.env_file_values, **app.env, **own}
    settings = project.settings or given.get(SETTINGS)
    uses = read_uses(files, project.working_dir, settings, given)
    setters = dict(_setters(checkout, project.sections))
    return tuple(_variable(use, setters, files, project, environment) for use in uses), uses


def _runs(environment: Environment, project: _Project) -> Iterator[Process | Job]:
    for kind, runs in (("processes", environment.processes), ("jobs", environment.jobs)):
        yield from (run for run in runs if f"{kind}.{run.name}" in project.sections)


def _merged(variables: Iterable[Variable]) -> tuple[Variable, ...]:
    """One of a name, or one for each that sets it: what one project is given another may lack."""
    found: dict[tuple[str, str], Variable] = {}
    for each in variables:
        before = found.setdefault((each.name, each.set_by), each)
        found[each.name, each.set_by] = replace(
            before,
            read_at=tuple(dict.fromkeys((*before.read_at, *each.read_at))),
            required=before.required or each.required,
            default=before.default or each.default,
        )
    return tuple(found[key] for key in sorted(found))


def _given(environment: Environment) -> dict[str, str]:
    return {name: value for service in environment.services for name, value in service.gives.items()}


def _setters(checkout: Checkout, sections: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Who sets a variable of the app's containers, by name; who wins comes last.

    sections: of whose `env`; all where none is named.
    """
    environment, app = checkout.environment, checkout.environment.app
    for service in environment.services:
        for name in service.gives:
            yield name, f"services.{service.name}"
    for path in app.env_files:
        shown = normpath(join(app.path, path))
        for name, line in _lines_of(checkout.app_folder / path).items():
            yield name, f"{shown}:{line}"
    for key, origin in environment.origins.items():
        section, _, name = key.rpartition(".env.")
        kind = section.split(".")[0]
        if "." not in name and kind in {"app", "processes", "jobs"} and section in (sections or {section}):
            yield name, origin.place


def _lines_of(file: Path) -> dict[str, int]:
    """Where an env file sets each of its names."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    named = (re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=", line) for line in lines)
    return {found[1]: number for number, found in enumerate(named, 1) if found}


def _variable(
    use: Use, setters: Mapping[str, str], files: Tree, project: _Project, environment: Environment
) -> Variable:
    by = setters.get(use.name, "")
    if not by and use.is_in_file:
        by = _own_file(use.name, files, project.working_dir, environment.app.path)
    if not by and OF_THE_IMAGE.fullmatch(use.name):
        by = "the image"
    return Variable(
        name=use.name,
        read_at=tuple(normpath(join(environment.app.path, str(place))) for place in use.places),
        required=use.is_required,
        default=shown_default(use),
        set_by=by,
    )


def _own_file(name: str, files: Tree, folder: str, app_path: str) -> str:
    """The env file that the settings read themselves, as a rule beside manage.py."""
    for path in sorted(files.paths, key=lambda path: (dirname(path) or ".") != folder):
        if path.rpartition("/")[2].startswith(".env") and "example" not in path:
            for number, line in files.lines(path):
                if re.match(rf"(?:export\s+)?{re.escape(name)}\s*=", line):
                    return f"{normpath(join(app_path, path))}:{number}"
    return "a file of the project's own"


def warn_of_missing(checkout: Checkout, emit: Emit) -> None:
    """Say which variables the settings cannot do without, before anything fails for want of them."""
    for variable in read_contract(checkout, search=False).missing:
        edit = remedy(checkout, variable)
        lines = "\n".join(edit.lines)
        emit(
            Notice(
                f"{variable.read_at[0]} reads {variable.name}, which is required and which nobody sets",
                f"add after {edit.place}:\n{lines}",
            )
        )


def remedy(checkout: Checkout, variable: Variable) -> Edit:
    """The line that would set it."""
    return add_variable(checkout.environment, variable.name)


def findings(checkout: Checkout) -> Iterator[Finding]:
    """What `devenv doctor` says of the variables."""
    contract = read_contract(checkout)
    for variable in contract.missing:
        edit = remedy(checkout, variable)
        yield Finding(
            subject=f"variable {variable.name}",
            verdict=Verdict.WARN,
            seen=f"required at {variable.read_at[0]}, set by nobody",
            advice=f"after {edit.place}: {'; '.join(line.strip() for line in edit.lines)}",
        )
    for name, where in contract.unread.items():
        yield Finding(
            subject=f"variable {name}",
            verdict=Verdict.WARN,
            seen=f"set at {where}, and nothing in the project mentions it",
            advice="is the name misspelt, or no longer needed?",
        )
    unset = [each.name for each in contract.variables if not each.set_by and not each.required]
    seen = f"{len(contract.variables)} read by the settings"
    seen += f"; not set, with a default: {', '.join(unset)}" if unset else ""
    yield Finding(subject="variables", verdict=Verdict.OK, seen=seen)


def lacking_in_example(checkout: Checkout, contract: Contract) -> tuple[str, ...]:
    """What the project's .env.example does not name; nothing where there is none."""
    file = example_file(checkout)
    return tuple(use.name for use in missing_in(_text(file), contract.uses)) if file.is_file() else ()


def write_example(checkout: Checkout, contract: Contract) -> bool:
    """Add what .env.example lacks; whether anything was added."""
    file = example_file(checkout)
    before = _text(file)
    after = completed(before, contract.uses)
    if after != before:
        file.write_text(after, encoding="utf-8")
    return after != before


def example_file(checkout: Checkout) -> Path:
    """The example beside the env file that devenv.yaml names, else beside manage.py's project."""
    app = checkout.environment.app
    folder = checkout.app_folder / dirname(app.env_files[0]) if app.env_files else checkout.app_folder
    return folder / EXAMPLE


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8", hint="save the file as UTF-8") from error
