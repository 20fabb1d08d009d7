"""`devenv init`: read a Django project and write the devenv.yaml that fits it, or begin a new project."""

from __future__ import annotations

import gc
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from devenv.config import Choice, Environment, load_environment, templates_folder
from devenv.config.foreign import refuse_foreign
from devenv.config.loader import read_document
from devenv.config.locate import FILE_NAME
from devenv.config.model import PYTHONS as SUPPORTED
from devenv.detect.dependencies import MADE
from devenv.detect.finding import Confidence
from devenv.detect.project import Detected, detect
from devenv.detect.projects import Project, find_projects
from devenv.detect.proposal import Proposal
from devenv.detect.render import render_yaml
from devenv.detect.service_kinds import load_kinds
from devenv.detect.tree import Tree, load_tree
from devenv.errors import ConfigError, DevenvError, Refused, UsageError
from devenv.sync.ignore import tracked_though_ignored
from devenv.workflows.checkout import load_checkout
from devenv.workflows.dated import history_of, today
from devenv.workflows.differences import Difference, differences
from devenv.workflows.left_out import left_out_by_docker
from devenv.workflows.schema import MODELINE, refresh_schema, write_schema

PYTHONS = tuple((int(major), int(minor)) for major, minor in (each.split(".") for each in SUPPORTED))
_NAME_MARK = "{{ name }}"

Ask = Callable[[str, Sequence[str], str], str]
"""A question, the answers to choose from (none: free text), the default -> the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """A folder that was looked at: its Django projects, the likeliest first."""

    root: Path
    files: Tree
    projects: tuple[Project, ...]


def survey(root: Path) -> Survey:
    """Look at a folder. Raises UsageError where there is none, or no Django project in it."""
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}")
    files = load_tree(root, tracked_though_ignored(root))
    projects = find_projects(files)
    if not projects:
        others = ", ".join(files.named("manage.py")[:3])
        nobody = "no manage.py in it or below, and nothing names DJANGO_SETTINGS_MODULE"
        why = f"{others} does not import Django" if others else nobody
        raise UsageError(
            f"there is no Django project in {root}: {why}",
            hint="`devenv init --starter drf` begins a new one in an empty folder",
        )
    if "{{" in projects[0].folder:
        raise UsageError(
            f"{projects[0].folder} is a template of a project, whose names are not filled in",
            hint="make a project of it first, as its README says, and run `devenv init` in that",
        )
    return Survey(root=root, files=files, projects=projects)


def read_project(seen: Survey, ask: Ask) -> Detected:
    """Everything found in the project of a survey, after asking what the files do not tell."""
    folders = [project.folder for project in seen.projects]
    chosen = folders[0]
    if len(folders) > 1:
        chosen = ask("which Django project", folders, chosen)
    project = seen.projects[folders.index(chosen)]
    kinds = load_kinds(templates_folder())
    name = seen.root.resolve().name
    read = partial(
        detect,
        seen.files,
        project,
        kinds,
        name=name,
        pythons=PYTHONS,
        history=history_of(seen.root),
        today=today(),
        left_out=left_out_by_docker(seen.root),
    )
    with _uncollected():
        detected = read()
    python = _asked(detected, ask)
    if python == detected.proposal.python.value:
        return detected
    with _uncollected():
        return read(python=python)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, a third of the time: all that is parsed is kept to the end."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _asked(detected: Detected, ask: Ask) -> str:
    """The Python that somebody chose where the project tells none."""
    found = next(each for each in detected.findings if each.topic == "python")
    guessed = detected.proposal.python
    if found.confidence is not Confidence.GUESS:
        return guessed.value
    answer = ask(f"which Python ({found.why})", [], guessed.value)
    while answer not in SUPPORTED:
        answer = ask(f"which of {', '.join(SUPPORTED)}", [], guessed.value)
    return answer


def write_environment(seen: Survey, proposal: Proposal) -> tuple[Path, ...]:
    """Write devenv.yaml, and what it needs beside it, once it is known to be valid; returns the files.

    Where there is a devenv.yaml, only files that init made from a lock which has changed since are made anew.
    Raises Refused where there is nothing to do: nothing is overwritten. Raises ConfigError where what was
    found makes no valid environment; then nothing stays written.
    """
    target = seen.root / FILE_NAME
    if target.exists():
        return _made_anew(seen.root, proposal) or _refuse(target)
    with _tried(seen.root, proposal) as (trial, files, _):
        trial.rename(target)
    write_schema(seen.root, None)
    return (target, *files)


def environment_text(proposal: Proposal) -> str:
    """The devenv.yaml of a proposal."""
    return f"{MODELINE}\n{render_yaml(proposal)}"


def replace_environment(seen: Survey, proposal: Proposal) -> Path:
    """Put another proposal in the place of one that nobody has edited. Raises ConfigError."""
    with _tried(seen.root, proposal) as (trial, _, _):
        return trial.replace(seen.root / FILE_NAME)


def check_environment(seen: Survey, proposal: Proposal) -> tuple[Difference, ...]:
    """What devenv.yaml says otherwise than the project would have it now. Raises ConfigError."""
    target = seen.root / FILE_NAME
    if not target.is_file():
        raise ConfigError(f"there is no {FILE_NAME} in {seen.root} to check", hint="`devenv init` writes one")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DEVENV")}
    shared = load_checkout(target, Choice(environ=environ, with_local=False))
    stale = [
        Difference(path=file.name, written="what was", found="something newer")
        for file, _ in _stale(seen.root, proposal)
    ]
    with _tried(seen.root, proposal, keep=False) as (_, _, found):
        return (*stale, *differences(shared.environment, found))


def _refuse(target: Path) -> NoReturn:
    document = None
    with suppress(ConfigError, OSError):  # whatever is wrong with it, it stays
        document = read_document(target.read_bytes(), FILE_NAME, may_be_empty=True)
    if document:
        refuse_foreign(document, target.parent)
    raise Refused(
        f"{target} is there already, and init overwrites nothing",
        hint="`devenv init --check` says what it would write otherwise",
    )


def _stale(root: Path, proposal: Proposal) -> Iterator[tuple[Path, str]]:
    """The files that init made and would now make otherwise, with the text that they should have."""
    for name, text in proposal.files.items():
        file = root / name
        if file.is_file() and (there := file.read_text(encoding="utf-8")).startswith(MADE) and there != text:
            yield file, text


def _made_anew(root: Path, proposal: Proposal) -> tuple[Path, ...]:
    stale = list(_stale(root, proposal))
    for file, text in stale:
        file.write_text(text, encoding="utf-8")
    return tuple(file for file, _ in stale)


@contextmanager
def _tried(
    root: Path, proposal: Proposal, *, keep: bool = True
) -> Iterator[tuple[Path, tuple[Path, ...], Environment]]:
    """The proposal as files on trial: loaded as `up` would. They go away unless the block keeps them."""
    made: list[Path] = []
    try:
        for name, text in proposal.files.items():
            if not (root / name).exists():
                made.append(root / name)
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
        descriptor, trial_name = tempfile.mkstemp(prefix=".devenv-init-", suffix=".yaml", dir=root)
        os.close(descriptor)
        trial = Path(trial_name)
        made.append(trial)
        trial.write_text(environment_text(proposal), encoding="utf-8")
        trial.chmod(0o644)
        yield trial, tuple(made[:-1]), _loaded(trial)
        made = [] if keep else made
    finally:
        for file in made:
            with suppress(FileNotFoundError):
                file.unlink()


def _loaded(trial: Path) -> Environment:
    try:
        return load_environment(trial, templates_folder())
    except ConfigError as error:
        raise ConfigError(
            "what was found makes no valid devenv.yaml",
            details=error.details.replace(trial.name, FILE_NAME),
            hint="please report it: devenv should have known",
        ) from error


def begin_project(folder: Path, starter: str) -> tuple[Path, ...]:
    """A new project in an empty folder, from templates/starters. Raises UsageError, Refused."""
    starters = templates_folder() / "starters"
    known = sorted(each.name for each in starters.iterdir() if each.is_dir())
    if starter not in known:
        raise UsageError(f"there is no starter {starter!r}", hint=f"there are: {', '.join(known)}")
    folder.mkdir(parents=True, exist_ok=True)
    there = sorted(each.name for each in folder.iterdir() if each.name != ".git")
    if there:
        raise Refused(
            f"{folder} is not empty: {', '.join(there[:3])}", hint="a starter needs an empty folder"
        )
    written = []
    for source in sorted(each for each in (starters / starter).rglob("*") if each.is_file()):
        if "__pycache__" in source.parts:
            continue
        target = folder / source.relative_to(starters / starter)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8").replace(_NAME_MARK, project_name(folder))
        target.write_text(text, encoding="utf-8")
        target.chmod(source.stat().st_mode & 0o777)
        written.append(target)
    _check(folder)
    refresh_schema(folder)
    return tuple(written)


def project_name(folder: Path) -> str:
    """A folder's name as devenv.yaml takes it."""
    return re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-_")[:63] or "project"


def _check(folder: Path) -> None:
    try:
        load_environment(folder / FILE_NAME, templates_folder())
    except DevenvError as error:
        raise ConfigError(
            "the starter's devenv.yaml is not valid", details=error.details, hint="please report it"
        ) from error
