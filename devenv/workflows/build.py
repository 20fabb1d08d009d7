"""`devenv build`: the image that containers run, or the production image of the same Dockerfile."""

from __future__ import annotations

from dataclasses import dataclass

from devenv.engine.observed import image_reference
from devenv.errors import UsageError
from devenv.events import Emit
from devenv.workflows.assign import assign_project
from devenv.workflows.checkout import Checkout
from devenv.workflows.compile import write_compiled
from devenv.workflows.failures import explained
from devenv.workflows.lock import pin_new_layers
from devenv.workflows.machine import Machine

TARGETS = ("dev", "production")


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildOptions:
    """`fresh`: without the cache, from new base images. `tag`: the image's name, for production."""

    target: str = "dev"
    tag: str | None = None
    fresh: bool = False
    force: bool = False


def build_image(checkout: Checkout, machine: Machine, emit: Emit, options: BuildOptions) -> str:
    """Build; returns the image's name. Raises UsageError, BuildFailed."""
    if options.target not in TARGETS:
        raise UsageError(f"there is no target {options.target!r}", hint=f"choose from: {', '.join(TARGETS)}")
    if not any(service.built for service in checkout.compiled.services):
        raise UsageError("nothing here runs an image of the app", hint="name a process in devenv.yaml")
    checkout = pin_new_layers(checkout, emit)
    project, _ = assign_project(checkout, machine)
    write_compiled(checkout, machine.environ, emit, assignments=project.assigned, force=options.force)
    if options.target == "dev" and options.tag is None:
        with explained(checkout):
            project.compose.build(emit, fresh=options.fresh)
        built = next(service for service in checkout.compiled.services if service.built)
        return image_reference(built.image, project.name)
    tag = options.tag or f"devenv/{project.name}:{options.target}"
    with explained(checkout):
        project.compose.build_target(
            options.target,
            tag,
            checkout.app_folder,
            emit,
            build_args=checkout.environment.app.build_args,
            fresh=options.fresh,
        )
    return tag
