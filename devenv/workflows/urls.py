"""Where the environment's containers answer on this machine."""

from __future__ import annotations

import webbrowser

from devenv.compiler.compiled import Role
from devenv.engine.observed import ObservedProject
from devenv.errors import NotRunning, UsageError
from devenv.workflows.project import Project


def urls_of(project: Project, observed: ObservedProject, name: str) -> tuple[str, ...]:
    """The addresses of one container's published ports, of those that run now."""
    service = project.checkout.compiled.service(name)
    container = observed.running(name)
    if container is None:
        return ()
    return tuple(
        _address(port.name, container.ports[port.container], is_page=port.container in service.pages)
        for port in service.ports
        if port.container in container.ports
    )


def find_url(project: Project, name: str | None) -> str:
    """The address of a process or service, or of the one that serves. Raises UsageError, NotRunning."""
    services = project.checkout.compiled.services
    chosen = name or next(
        (service.name for service in services if service.role is Role.PROCESS and service.ports), None
    )
    if chosen is None:
        raise UsageError("no process publishes a port", hint="give one `port: 8000` in devenv.yaml")
    project.checkout.meant((chosen,))
    if not project.checkout.compiled.service(chosen).ports:
        raise UsageError(f"{chosen} publishes no port", hint="give it `port: 8000` in devenv.yaml")
    urls = urls_of(project, project.observe(), chosen)
    if not urls:
        raise NotRunning(f"{chosen} does not run", hint="start it with `devenv up -d`")
    return urls[0]


def find_page(project: Project, name: str | None) -> str:
    """The same, of what answers a browser. Raises UsageError, NotRunning."""
    address = find_url(project, name)
    if not address.startswith("http"):
        raise UsageError(f"{name} has no page for a browser", hint=f"it answers at {address}")
    return address


def show_page(address: str) -> bool:
    """Open it in the user's browser (BROWSER says which); whether one could be started."""
    return webbrowser.open(address)


def _address(name: str, port: int, *, is_page: bool) -> str:
    return f"http://{name}:{port}/" if is_page else f"{name}:{port}"
