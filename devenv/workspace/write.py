"""A compiled project into `.devenv/`: what differs is written, what was edited by hand is not lost."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from devenv.agent.tree import digest_of
from devenv.compiler.compiled import Assignments, CompiledProject
from devenv.compiler.env_text import env_text
from devenv.errors import WorkspaceError
from devenv.workspace.files import Content, is_as, read_file, remove_files, write_files
from devenv.workspace.host import HostSettings, container_variables
from devenv.workspace.sources import read_agent
from devenv.workspace.state import FILE_NAME, State, read_state, state_text

FOLDER = ".devenv"
MACHINE_HEADING = "Made by devenv for this machine; the next `devenv up` or `devenv compile` overwrites it."
SECRET_FILES = frozenset({"app.env", "host.env"})
DIFF_LINES = 12
MADE = "made"
KEPT = ("Dockerfile", "compose.yaml")  # what people edit by hand: a copy tells what they changed


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """The paths in `.devenv/` that were written or removed, and what the user should know."""

    paths: tuple[str, ...]
    notices: tuple[str, ...] = ()


def write_workspace(
    root: Path,
    compiled: CompiledProject,
    host: HostSettings,
    agent_source: Path,
    *,
    assignments: Assignments | None = None,
    force: bool = False,
) -> WrittenFiles:
    """Bring `.devenv/` in `root` to what was compiled.

    assignments: this checkout's project name and ports; None for those stored before. force: replace files
    that were edited by hand. Raises WorkspaceError, before anything is touched, for such a file.
    """
    folder = root / FOLDER
    state = read_state(folder)
    assigned = assignments or state.assignments
    provisional = Assignments(project_name=compiled.name, ports={}, wanted={})
    wanted = _wanted_files(root, compiled, host, assigned or provisional, agent_source)
    differing = {path: content for path, content in wanted.items() if not is_as(folder / path, content)}
    edited, unknown = _not_ours(folder, differing, state)
    if edited and not force:
        raise _edited_by_hand(folder, edited, wanted)
    stale = [path for path in state.written if path not in wanted]
    aside = {f"{path}.old": Content(data, 0o600) for path, data in unknown.items()}
    _record(
        folder, state, State(written=_digests(wanted), assignments=assigned), {**aside, **differing}, stale
    )
    for path in compiled.mount_points:
        (root / path).mkdir(parents=True, exist_ok=True)
    notices = [state.notice] if state.notice else []
    notices += [f".devenv/{path} was there before; it is kept as {path}.old" for path in sorted(unknown)]
    paths = [path for path in (*sorted(differing), *sorted(stale)) if not path.startswith(f"{MADE}/")]
    return WrittenFiles(tuple(paths), tuple(notices))


def _wanted_files(
    root: Path, compiled: CompiledProject, host: HostSettings, assigned: Assignments, agent_source: Path
) -> Mapping[str, Content]:
    host_variables = container_variables(host, (service.name for service in compiled.services))
    texts = {
        **compiled.files,
        ".gitignore": "*\n",
        ".env": env_text(_compose_variables(root, assigned), MACHINE_HEADING),
        "host.env": env_text(host_variables, MACHINE_HEADING),
        "certificates.pem": host.certificates,
    }
    texts |= {f"{MADE}/{path}": compiled.files[path] for path in KEPT if path in compiled.files}
    wanted = {
        path: Content(text.encode("utf-8"), 0o600 if path in SECRET_FILES else 0o644)
        for path, text in texts.items()
    }
    return wanted | {f"agent/{path}": Content(data) for path, data in read_agent(agent_source).items()}


def _compose_variables(root: Path, assigned: Assignments) -> Mapping[str, str]:
    """What compose.yaml leaves open, since it differs between checkouts and machines."""
    variables = {
        "COMPOSE_PROJECT_NAME": assigned.project_name,
        "DEVENV_ROOT": str(root.resolve()),
        **{name: str(port) for name, port in assigned.ports.items()},
    }
    owner = _owner(root)
    return {**variables, "DEVENV_USER": owner} if owner else variables


def _owner(root: Path) -> str:
    """ "uid:gid" of the checkout's owner; "" on Windows, and for root: containers never run as it."""
    status = root.stat()
    return f"{status.st_uid}:{status.st_gid}" if status.st_uid else ""


def _not_ours(
    folder: Path, differing: Mapping[str, Content], state: State
) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    """Files about to be replaced whose bytes we did not write: edited since, and never recorded."""
    edited: dict[str, bytes] = {}
    unknown: dict[str, bytes] = {}
    for path, content in differing.items():
        data = read_file(folder / path)
        if data in {None, content.data} or digest_of(data) in state.written.get(path, ()):
            continue
        (edited if path in state.written else unknown)[path] = data
    return edited, unknown


def _edited_by_hand(
    folder: Path, edited: Mapping[str, bytes], wanted: Mapping[str, Content]
) -> WorkspaceError:
    names = ", ".join(f"{FOLDER}/{path}" for path in sorted(edited))
    made = {path: made_before(folder, path) or wanted[path].data for path in edited}
    diffs = [difference(path, edited[path], made[path]) for path in sorted(edited)]
    return WorkspaceError(
        f"{names} {'was' if len(edited) == 1 else 'were'} edited by hand and would be overwritten",
        details="\n".join(diffs),
        hint="`devenv adopt` keeps it, in devenv.local.yaml; --force replaces the file",
    )


def made_before(folder: Path, path: str) -> bytes | None:
    """What devenv wrote there last, whatever it is now; None of a file of which no copy is kept."""
    return read_file(folder / MADE / path)


def difference(path: str, found: bytes, generated: bytes) -> str:
    """A few lines of what differs; nothing of a file that may hold secrets."""
    if path in SECRET_FILES or path.endswith(".pem"):
        return f"{path}: not shown, it may hold secrets"
    lines = list(
        difflib.unified_diff(
            generated.decode("utf-8", "replace").splitlines(),
            found.decode("utf-8", "replace").splitlines(),
            f"{path} as devenv made it",
            f"{path} as it is",
            lineterm="",
            n=1,
        )
    )
    more = [f"... {len(lines) - DIFF_LINES} more lines"] if len(lines) > DIFF_LINES else []
    return "\n".join([*lines[:DIFF_LINES], *more])


def _digests(wanted: Mapping[str, Content]) -> Mapping[str, tuple[str, ...]]:
    return {path: (digest_of(content.data),) for path, content in wanted.items()}


def _record(
    folder: Path, before: State, after: State, contents: Mapping[str, Content], stale: Iterable[str]
) -> None:
    """Write the files between two writes of state.json.

    Invariant: whatever moment the machine dies at, each file on disk is one that state.json knows.
    """
    if contents or stale:
        both = {
            path: tuple(dict.fromkeys((*before.written.get(path, ()), *after.written.get(path, ()))))
            for path in {**before.written, **after.written}
        }
        write_files(folder, {FILE_NAME: Content(state_text(replace(after, written=both)).encode())})
        write_files(folder, contents)
        remove_files(folder, stale)
    final = Content(state_text(after).encode())
    if not is_as(folder / FILE_NAME, final):
        write_files(folder, {FILE_NAME: final})
