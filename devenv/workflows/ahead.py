"""A database that is ahead of the code: migrations are applied that this tree does not have."""

from __future__ import annotations

from devenv.databases.migrations import Migration, ahead, is_source, read_applied
from devenv.detect.tree import load_tree
from devenv.events import Emit, Notice
from devenv.sync.ignore import load_rules
from devenv.workflows.databases import Server, database_services, running_server
from devenv.workflows.project import Project


def tell_if_ahead(project: Project, emit: Emit) -> None:
    """Say so, before Django meets it, and the ways out. Raises DatabaseFailed."""
    rules = load_rules(project.checkout.app_folder.resolve(), project.checkout.environment.sync.ignore)
    for service, database in database_services(project):
        if "applied" not in database.scripts:
            continue
        if server := running_server(project, service, database):
            applied = read_applied(server.run("applied", NAME=database.name))
            sources = migration_sources(project)
            found = ahead(applied, sources, lambda path: rules.travels(path, is_folder=False))
            if found:
                emit(_notice(server, found))


def _notice(server: Server, found: tuple[Migration, ...]) -> Notice:
    names = ", ".join(map(str, found[:3])) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
    snapshots = [each.name for each in server.snapshots()]
    ways = [
        f"`devenv db restore {snapshots[0]}`" if snapshots else "`devenv db reset` makes a new one",
        "switch back to the branch that has them",
    ]
    if not server.database.branches:
        ways.append(f"`services.{server.service.name}.branches: true` keeps one for each branch")
    is_one = len(found) == 1
    return Notice(
        f"the database of {server.service.name} is ahead of this code: {names} "
        f"{'is' if is_one else 'are'} applied and not in this tree",
        "; or ".join(ways),
    )


def migration_sources(project: Project) -> dict[str, str]:
    """The migrations of this tree, and what says whose they are."""
    root = project.checkout.app_folder
    found = {}
    for path in filter(is_source, load_tree(root).paths):
        try:
            found[path] = (root / path).read_text("utf-8", "replace")
        except OSError:
            continue
    return found
