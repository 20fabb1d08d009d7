"""Why a container or the image is not as it should be: two mappings of digests, compared; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devenv.compiler.compiled import Assignments, CompiledProject, CompiledService
from devenv.config.environment import Origin
from devenv.engine.client import State
from devenv.engine.observed import ObservedContainer, ObservedImage
from devenv.engine.step import Cause

OriginOf = Callable[[str], Origin | None]


def changed_inputs(
    before: Mapping[str, str], after: Mapping[str, str], origin_of: OriginOf
) -> tuple[Cause, ...]:
    """A cause for each key that differs. A removed key points at what is left of its parents."""
    causes = [
        Cause(f"{key} {'changed' if key in before else 'added'}", origin_of(key))
        for key, digest in after.items()
        if before.get(key) != digest
    ]
    causes += [Cause(f"{key} removed", origin_of(key)) for key in before if key not in after]
    return tuple(causes)


def config_causes(
    service: CompiledService, container: ObservedContainer, origin_of: OriginOf
) -> tuple[Cause, ...]:
    """Why the container's configuration is not the wanted one; none when it is."""
    if container.config_hash == service.config_hash:
        return ()
    if not container.config_hash:
        return (Cause("it was not made by devenv"),)
    found = changed_inputs(container.inputs, service.inputs, origin_of)
    return found or (Cause("this devenv generates it differently"),)


def build_causes(
    compiled: CompiledProject, image: ObservedImage | None, origin_of: OriginOf
) -> tuple[Cause, ...]:
    """Why the image is not the wanted one; none when it is."""
    if image is None:
        return (Cause("there is no image yet"),)
    if image.build_hash == compiled.build_hash:
        return ()
    if not image.build_hash:
        return (Cause("the image of that name was not built by devenv"),)
    found = changed_inputs(image.inputs, compiled.build_inputs, origin_of) if image.inputs else ()
    return found or (Cause("this devenv generates its Dockerfile differently"),)


def image_causes(
    service: CompiledService,
    container: ObservedContainer,
    image: ObservedImage | None,
    build_hash: str,
) -> tuple[Cause, ...]:
    """Why the container does not run the image that it would run if it were made now."""
    if service.built and container.build_hash != build_hash:
        return (Cause("its image is rebuilt"),)
    if image and container.image_id and image.image_id != container.image_id:
        return (Cause("its image was rebuilt" if service.built else f"{service.image} is another image now"),)
    return ()


def port_causes(
    service: CompiledService, container: ObservedContainer, assignments: Assignments
) -> tuple[Cause, ...]:
    """Why a container is not reached where it should be, or would not be once it is started."""
    published = container.ports
    if container.state is not State.RUNNING:
        published = container.settings.ports if container.settings else {}
        if not published:
            return ()  # nobody knows
    moves = ((port, assignments.ports.get(port.variable, port.host)) for port in service.ports)
    return tuple(
        Cause(f"port {port.container} moves to {host} on the host")
        for port, host in moves
        if published.get(port.container) != host
    )
