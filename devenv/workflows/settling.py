"""The record that an `up` leaves behind when all is as devenv.yaml says: see settled.py."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.agent.tree import FOLDER
from devenv.config.lock import FILE_NAME as LOCK_FILE
from devenv.engine.endpoint import locate_endpoint
from devenv.engine.observed import familiar, image_references
from devenv.engine.unix_api import ApiError
from devenv.workflows.branches import branched_services
from devenv.workflows.project import Project
from devenv.workflows.settled import INSTALLED, images, listed
from devenv.workflows.source_tree import scan_source
from devenv.workspace.git_head import git_folder
from devenv.workspace.installed import FILE_NAME as INSTALLED_FILE
from devenv.workspace.runs import FILE_NAME as RUNS_FILE
from devenv.workspace.settled import (
    Settled,
    begin,
    forget,
    record,
    signature_of,
    signatures_in,
    surroundings_of,
)
from devenv.workspace.state import FILE_NAME, read_state

if TYPE_CHECKING:
    from devenv.workspace.settled import Folder, Moment


def record_settled(project: Project, begun: Moment, addresses: Mapping[str, str]) -> None:
    """Leave a record that nothing is to be done. An engine behind no Unix socket is not asked in a hurry.

    begun: see workspace.settled.begin. addresses: of the processes that answered.
    """
    checkout, environ, home = project.checkout, project.machine.environ, Path.home()
    socket = locate_endpoint(environ, home, sys.platform).socket_path
    if socket is None:
        forget(checkout.folder)
        return
    git = git_folder(checkout.root) if branched_services(project) else None
    head = [git / "HEAD"] if git else []  # another branch may have the same files, and has another database
    outside = (*checkout.files, checkout.root / LOCK_FILE, home / ".docker" / "config.json", *head)
    names = (*read_state(checkout.folder).written, FILE_NAME, INSTALLED_FILE, RUNS_FILE)
    ours = (checkout.folder / path for path in names)
    references = image_references(checkout.compiled, project.name)
    try:
        containers, found = listed(socket, project.name), images(socket, map(familiar, references))
    except (OSError, ApiError):  # a busy engine; without a record the next `up` looks for itself
        forget(checkout.folder)
        return
    settled = Settled(
        files={str(path): signature_of(path) for path in outside},
        generated={str(path): signature_of(path) for path in ours},
        folders=_folders(project),
        surroundings=surroundings_of(environ, INSTALLED),
        socket=socket,
        project=project.name,
        containers={item["Id"]: "running" if item["State"] == "running" else "done" for item in containers},
        images=found,
        answer="nothing to do: everything runs as devenv.yaml says"
        + "".join(f"; {name}: {url}" for name, url in addresses.items()),
    )
    record(checkout.folder, settled, begun, begin())


def _folders(project: Project) -> dict[str, Folder]:
    """The tree that is sent: what is in each of its folders."""
    checkout = project.checkout
    if checkout.environment.sync.mode == "bind":
        return {}
    root, tree = checkout.app_folder.resolve(), scan_source(checkout)
    sent: dict[str, set[str]] = {"": set()}
    for path, entry in tree.entries.items():
        if entry.kind == FOLDER:
            sent.setdefault(path, set())
        else:
            parent, _, name = path.rpartition("/")
            sent.setdefault(parent, set()).add(name)
    return {str(root / path): signatures_in(root / path, names) for path, names in sent.items()}
