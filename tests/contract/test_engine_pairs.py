"""For any two configurations A and B, `up A`, an edit to B and `up` end where `up B` from nothing does.

In memory 400 pairs; on the real engine a handful, or as many as DEVENV_PLAN_PAIRS says:

    DEVENV_PLAN_PAIRS=100 python -m pytest tests/contract/test_engine_pairs.py -k real

Half of the ups to A are interrupted after a step of chance, as by Ctrl-C.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from random import Random

import pytest

from devenv.compiler.compiled import Role
from devenv.engine.client import State
from devenv.engine.plan import plan_down
from devenv.events import Event, StepFinished
from tests.contract.engine_world import Behaviour, MemoryWorld, Piece, Project

PAIRS_IN_MEMORY = 400
PAIRS_ON_AN_ENGINE = int(os.environ.get("DEVENV_PLAN_PAIRS", "2"))
SERVICES = ("db", "cache", "broker")
JOBS = ("migrate", "seed")
PROCESSES = ("web", "worker", "beat")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a devenv.yaml would come to."""

    pieces: tuple[Piece, ...]
    packages: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What is compared of a container: not its id and age, and not what its health check has come to."""

    state: State
    exit_code: int | None
    config_hash: str
    build_hash: str
    image: str
    is_of_the_image: bool


def configuration(random: Random) -> Configuration:
    """Some services, jobs after some of them, processes after some of both; at least one container."""
    pieces: list[Piece] = []
    for names, role in ((SERVICES, Role.SERVICE), (JOBS, Role.JOB), (PROCESSES, Role.PROCESS)):
        for name in names:
            if random.random() < 0.6:
                pieces.append(piece(name, role, pieces, random))
    return Configuration(
        tuple(pieces) or (piece("db", Role.SERVICE, [], random),), random.choice(["", "libmagic1", "gdal"])
    )


def piece(name: str, role: Role, before: list[Piece], random: Random) -> Piece:
    behaviours = {
        Role.SERVICE: [Behaviour.SERVES, Behaviour.RUNS],
        Role.JOB: [Behaviour.SUCCEEDS],
        Role.PROCESS: [Behaviour.RUNS],
    }
    return Piece(
        name=name,
        role=role,
        behaviour=random.choice(behaviours[role]),
        depends_on={other.name: condition(other) for other in before if random.random() < 0.5},
        value=random.choice("12"),
    )


def condition(other: Piece) -> str:
    if other.role is Role.JOB:
        return "service_completed_successfully"
    return "service_healthy" if other.behaviour is Behaviour.SERVES else "service_started"


def edited(before: Configuration, random: Random) -> Configuration:
    """Mostly another value here and a piece less there, sometimes something else altogether."""
    if random.random() < 0.3:
        return configuration(random)
    other = configuration(random)
    by_name = {each.name: each for each in before.pieces}
    kept = [by_name.get(each.name, each) if random.random() < 0.7 else each for each in other.pieces]
    names = {each.name: each for each in kept}
    packages = random.choice([before.packages, other.packages])
    return Configuration(tuple(_repaired(each, names) for each in kept), packages)


def _repaired(each: Piece, names: dict[str, Piece]) -> Piece:
    """Dependencies on what is there, as it is now."""
    depends_on = {name: condition(names[name]) for name in each.depends_on if name in names}
    return Piece(
        name=each.name, role=each.role, behaviour=each.behaviour, depends_on=depends_on, value=each.value
    )


def seen(project: Project, wanted: Configuration) -> tuple[dict[str, Seen], tuple[str, ...]]:
    compiled = project.compiled(wanted.pieces, wanted.packages)
    observed = project.observe(compiled)
    images = {image.image_id for image in observed.images.values()}
    containers = {
        each.service: Seen(
            state=each.state,
            exit_code=each.exit_code,
            config_hash=each.config_hash,
            build_hash=each.build_hash,
            image=each.image,
            is_of_the_image=each.image_id in images,
        )
        for each in observed.containers
    }
    assert len(containers) == len(observed.containers)
    return containers, observed.volumes


def up(project: Project, wanted: Configuration, *, steps: int | None = None) -> None:
    """steps: an interrupt comes after so many."""
    left = steps

    def count(event: Event) -> None:
        nonlocal left
        if isinstance(event, StepFinished) and left is not None:
            left -= 1
            if left <= 0:
                raise KeyboardInterrupt

    try:
        project.up(*wanted.pieces, packages=wanted.packages, on_event=count)
    except KeyboardInterrupt:
        assert steps is not None


def check(project: Project, seed: int) -> None:
    random = Random(seed)
    first = configuration(random)
    second = edited(first, random)
    up(project, first, steps=random.randint(1, 6) if random.random() < 0.5 else None)
    up(project, second)
    after_an_edit = seen(project, second)
    again = project.plan(project.compiled(second.pieces, second.packages))
    assert not again, f"seed {seed}: a second plan is not empty:\n{again}"

    compiled = project.compiled(second.pieces, second.packages)
    project.down(plan_down(project.observe(compiled), volumes=True), compiled)
    up(project, second)
    assert after_an_edit == seen(project, second), f"seed {seed}"


def test_in_memory_every_pair_ends_as_from_nothing() -> None:
    for seed in range(PAIRS_IN_MEMORY):
        check(Project(MemoryWorld()), seed)


@pytest.mark.engine
@pytest.mark.parametrize("seed", range(PAIRS_ON_AN_ENGINE))
@pytest.mark.parametrize("project", ["real"], indirect=True)
def test_on_a_real_engine_a_pair_ends_as_from_nothing(project: Project, seed: int) -> None:
    check(project, seed)
