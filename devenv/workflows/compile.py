"""`devenv compile`: devenv.yaml to the files of .devenv/, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from devenv.compiler.compiled import Assignments
from devenv.events import Emit, Notice
from devenv.workflows.checkout import AGENT_SOURCE, Checkout
from devenv.workflows.schema import refresh_schema
from devenv.workspace.git_exclude import exclude_from_git
from devenv.workspace.host import observe_host_settings
from devenv.workspace.write import WrittenFiles, write_workspace


def write_compiled(
    checkout: Checkout,
    environ: Mapping[str, str],
    emit: Emit,
    *,
    assignments: Assignments | None = None,
    force: bool = False,
) -> WrittenFiles:
    """Bring .devenv/ to what devenv.yaml says. Raises WorkspaceError, before anything is touched."""
    written = write_workspace(
        checkout.root,
        checkout.compiled,
        observe_host_settings(environ),
        AGENT_SOURCE,
        assignments=assignments,
        force=force,
    )
    refresh_schema(checkout.root)
    for text in written.notices:
        emit(Notice(text))
    for layer in checkout.loaded.layers:
        if layer.kind == "local" and layer.file and exclude_from_git(layer.file):
            emit(Notice(f"git ignores {layer.name} in this clone from now on (.git/info/exclude)"))
    return written
