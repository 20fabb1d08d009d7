"""A container with packages installed into it is judged as what it would be if it were made anew."""

from __future__ import annotations

from dataclasses import replace

from devenv.compiler.compiled import CompiledProject
from devenv.engine.observed import ObservedImage, ObservedProject
from devenv.engine.plan import UpOptions, plan_up
from devenv.workflows.remembered import with_installed
from devenv.workspace.installed import Installed
from tests.unit.engine.bookstore import AS_ASKED, bookstore, origin_of, running

BEFORE = bookstore()
AFTER = replace(BEFORE, build_hash="with humanize", build_inputs={**BEFORE.build_inputs, "packages": "h"})
APP = "devenv/bookstore:dev"
NEW_IMAGE = ObservedImage(reference=APP, image_id="sha256:new", build_hash="with humanize")


def records(image_id: str = "", build_hash: str = "with humanize") -> dict[str, Installed]:
    record = Installed(build_hash=build_hash, packages=("humanize==4.17.0",), image_id=image_id)
    return {"id-of-web": record, "id-of-worker": record}


def plan(compiled: CompiledProject, observed: ObservedProject) -> str:
    found = plan_up(compiled, observed, AS_ASKED, options=UpOptions(), origin_of=origin_of)
    return "\n".join(map(str, found.steps))


def rebuilt(observed: ObservedProject) -> ObservedProject:
    """The image came; the job ran from it."""
    containers = tuple(
        replace(each, build_hash="with humanize", image_id="sha256:new")
        if each.service == "migrate"
        else each
        for each in observed.containers
    )
    return replace(observed, images={**observed.images, APP: NEW_IMAGE}, containers=containers)


def test_without_an_install_other_packages_make_every_container_of_the_image_anew() -> None:
    assert plan(AFTER, running(BEFORE)) == (
        "build devenv/bookstore:dev: packages added\n"
        "run migrate: its image is rebuilt\n"
        "recreate web: its image is rebuilt\n"
        "recreate worker: its image is rebuilt"
    )


def test_containers_that_have_the_packages_stay_while_the_image_is_built() -> None:
    assert plan(AFTER, with_installed(running(BEFORE), records())) == (
        "build devenv/bookstore:dev: packages added\nrun migrate: its image is rebuilt"
    )


def test_a_container_that_is_changed_otherwise_is_made_anew_and_the_others_stay() -> None:
    compiled = bookstore(worker="celery worker --concurrency 1")
    after = replace(compiled, build_hash="with humanize", build_inputs=AFTER.build_inputs)
    assert plan(after, with_installed(running(BEFORE), records())) == (
        "build devenv/bookstore:dev: packages added\n"
        "run migrate: its image is rebuilt\n"
        "recreate worker: processes.worker.command changed, devenv.yaml:23"
    )


def test_once_the_image_has_the_same_packages_nothing_is_left_to_do() -> None:
    observed = with_installed(rebuilt(running(BEFORE)), records(image_id="sha256:new"))
    assert plan(AFTER, observed) == ""


def test_an_image_that_was_not_compared_yet_counts_as_another_one() -> None:
    assert plan(AFTER, with_installed(rebuilt(running(BEFORE)), records())) == (
        "run migrate: web is recreated; worker is recreated\n"
        "recreate web: its image was rebuilt\nrecreate worker: its image was rebuilt"
    )


def test_a_record_of_other_packages_than_those_that_are_wanted_keeps_nothing() -> None:
    observed = with_installed(rebuilt(running(BEFORE)), records("sha256:new", build_hash="with six"))
    assert plan(AFTER, observed) == (
        "run migrate: web is recreated; worker is recreated\n"
        "recreate web: its image is rebuilt\nrecreate worker: its image is rebuilt"
    )
