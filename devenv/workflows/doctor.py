"""`devenv doctor`: look at everything that environments need of this machine; works without a devenv.yaml."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from devenv.config import Choice
from devenv.engine.checks import Finding, Verdict, check_machine
from devenv.engine.diagnose import observe_facts, observe_taken_ports
from devenv.engine.endpoint import locate_endpoint
from devenv.errors import ConfigError, DevenvError
from devenv.workflows import contract
from devenv.workflows.checkout import Checkout, open_checkout
from devenv.workflows.machine import this_machine
from devenv.workflows.project import open_project


def examine(
    start: Path, chosen: Path | None, choice: Choice, environ: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Every check's finding. Raises EngineUnavailable for a docker context that does not exist."""
    checkout, about_yaml = _checkout(start, chosen, choice)
    machine = this_machine(environ)
    facts = observe_facts(
        machine.engine,
        locate_endpoint(environ, Path.home(), sys.platform),
        environ=environ,
        folder=checkout.root if checkout else start,
        base_image=f"python:{checkout.environment.python}-slim" if checkout else "",
    )
    if checkout and not facts.engine_problem:
        assigned = open_project(checkout, machine).assigned
        facts = replace(facts, taken_ports=observe_taken_ports(machine.engine, checkout.compiled, assigned))
    about_variables = contract.findings(checkout) if checkout else ()
    return (about_yaml, *check_machine(facts), *about_variables)


def _checkout(start: Path, chosen: Path | None, choice: Choice) -> tuple[Checkout | None, Finding]:
    try:
        checkout = open_checkout(start, chosen, choice)
    except ConfigError as error:
        advice = "\n      ".join(filter(None, [*error.details.splitlines(), error.hint]))
        return None, Finding(subject="devenv.yaml", verdict=Verdict.WARN, seen=error.summary, advice=advice)
    except DevenvError as error:
        return None, Finding(subject="devenv", verdict=Verdict.FAIL, seen=error.summary, advice=error.hint)
    return checkout, Finding(subject="devenv.yaml", verdict=Verdict.OK, seen=f"{checkout.file} is valid")
