"""A checkout, an edit of its files, and the plan that follows, from devenv.yaml to the steps' text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from devenv.compiler.compiled import Assignments, CompiledProject
from devenv.config import Choice
from devenv.engine.observed import ObservedProject, image_reference
from devenv.engine.plan import UpOptions, plan_up
from devenv.engine.step import Plan
from devenv.workflows.checkout import Checkout, load_checkout
from tests.unit.engine.bookstore import running

DEVENV_YAML = """\
name: bookstore
python: "3.13"
app:
  settings: shop.settings
  wsgi: shop.wsgi:application
  dependencies: requirements.txt
  env_file: .env
  env:
    DEBUG: "true"
services:
  db: postgres:17
  cache: redis:8
processes:
  web:
    port: 8000
  worker: celery -A shop worker
jobs:
  migrate: python manage.py migrate
"""
FILES = {
    "devenv.yaml": DEVENV_YAML,
    "manage.py": "",
    "requirements.txt": "django==5.2\n",
    ".env": "TOKEN=first\n",
    "shop/settings.py": "",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """`before` becomes `after` in `file`, which is made where there is none (`before` is "" then).

    `plan`: its lines, see _lines.
    """

    what: str
    plan: str
    before: str = ""
    after: str = ""
    file: str = "devenv.yaml"
    files: Mapping[str, str] = field(default_factory=dict)


def plan_of(edit: Edit, root: Path) -> list[str]:
    """What `up` would do after the edit, where all ran as the files said before it."""
    for path, text in {**FILES, **edit.files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    before = _loaded(root)
    file = root / edit.file
    text = file.read_text() if file.exists() else ""
    assert text.count(edit.before) == 1 or not edit.before, (
        f"{edit.before!r} is there {text.count(edit.before)} times"
    )
    file.write_text(text.replace(edit.before, edit.after) if edit.before else text + edit.after)
    return _lines(_planned(_loaded(root), before.compiled))


def _loaded(root: Path) -> Checkout:
    return load_checkout(root / "devenv.yaml", Choice(environ={}))


def _planned(wanted: Checkout, there: CompiledProject) -> Plan:
    names = Assignments(project_name="bookstore", ports={}, wanted={})
    return plan_up(
        wanted.compiled, _with_volumes(there), names, options=UpOptions(), origin_of=wanted.origin_of
    )


def _with_volumes(compiled: CompiledProject) -> ObservedProject:
    observed = running(compiled)
    return replace(
        observed,
        containers=tuple(
            replace(
                each,
                image=image_reference(compiled.service(each.service).image, compiled.name),
                volumes={
                    f"/mounted/{number}": image_reference(volume, compiled.name)
                    for number, volume in enumerate(compiled.service(each.service).volumes)
                },
            )
            for each in observed.containers
        ),
    )


def _lines(plan: Plan) -> list[str]:
    """A line for each step, for each cause of it, and for what becomes of data."""
    return [
        line
        for step in plan.steps
        for line in (
            f"{step.action} {step.subject}",
            *(f"- {cause}" for cause in step.causes),
            *([f"! {step.risk}"] if step.risk else []),
        )
    ]
