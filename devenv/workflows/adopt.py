"""`devenv adopt`: edits of generated files by hand, taken over into devenv.local.yaml, where they survive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from devenv.compiler.adopting import Adoption, adopt_compose, adopt_dockerfile, is_as_edited
from devenv.config.insert import read_plain, with_values
from devenv.errors import ConfigError, WorkspaceError
from devenv.events import Emit
from devenv.workflows.checkout import Checkout, load_checkout
from devenv.workflows.compile import write_compiled
from devenv.workflows.machine import Machine
from devenv.workflows.up import locked
from devenv.workspace.files import Content, read_file, write_files
from devenv.workspace.look import look_at_files
from devenv.workspace.write import FOLDER, made_before

HEADING = "# Yours alone: git ignores it. It is put over devenv.yaml.\n"


def adopt_edits(checkout: Checkout, machine: Machine, emit: Emit) -> tuple[str, ...]:
    """The keys that were written; none where nothing was edited by hand.

    Raises WorkspaceError, with nothing changed, for an edit that no key of devenv.yaml says.
    """
    with locked(checkout, machine, emit):
        seen = look_at_files(checkout.folder, checkout.compiled.files)
        edited = [file.path for file in seen if file.state == "edited"]
        adoptions = [_adoption(checkout, path) for path in edited]
        if refused := [reason for adoption in adoptions for reason in adoption.refused]:
            raise WorkspaceError(
                "an edit by hand is nothing that devenv.yaml can say",
                details="\n".join(refused),
                hint=f"take it back, or let `devenv up --force` replace the files in {FOLDER}/",
            )
        values = {path: value for adoption in adoptions for path, value in adoption.values.items()}
        if edited:
            after = _with_local(checkout, values)
            write_compiled(after, machine.environ, emit, force=True)
    return tuple(".".join(path) for path in values)


def _adoption(checkout: Checkout, path: str) -> Adoption:
    made = (made_before(checkout.folder, path) or checkout.compiled.files[path].encode()).decode()
    edited = _text_of(checkout.folder / path)
    if path == "compose.yaml":
        return adopt_compose(_mapping(made, path), _mapping(edited, path), checkout.compiled)
    if path == "Dockerfile":
        return adopt_dockerfile(made, edited, checkout.environment.app.dockerfile)
    return Adoption({}, (f"{path}: it is made of files of yours; say it there",))


def _with_local(checkout: Checkout, values: dict[tuple[str, ...], Any]) -> Checkout:
    """The checkout with the values in devenv.local.yaml, which is as it was where they do not do it."""
    local = checkout.file.with_name(f"{checkout.file.stem}.local{checkout.file.suffix}")
    before = read_file(local)
    text = with_values(before.decode() if before else HEADING, values, local.name)
    write_files(local.parent, {local.name: Content(text.encode())})
    try:
        after = load_checkout(checkout.file, checkout.choice, checkout.terms).named(checkout.chosen_name)
        _check(checkout, after)
    except (ConfigError, WorkspaceError):
        local.unlink() if before is None else local.write_bytes(before)
        raise
    return after


def _check(before: Checkout, after: Checkout) -> None:
    """What was made with the edit in it is what will be made. Raises WorkspaceError."""
    if before.compiled.files["compose.yaml"].encode() != made_before(before.folder, "compose.yaml"):
        return  # devenv.yaml was edited, too: both come together now
    wanted = _mapping(_text_of(before.folder / "compose.yaml"), "compose.yaml")
    if not is_as_edited(_mapping(after.compiled.files["compose.yaml"], "compose.yaml"), wanted):
        raise WorkspaceError(
            "devenv.local.yaml would not make the compose file what it is by hand",
            hint="write it into devenv.yaml yourself; `devenv status` shows the difference",
        )


def _mapping(text: str, name: str) -> dict[str, Any]:
    found = read_plain(text, f"{FOLDER}/{name}")
    if not isinstance(found, dict):
        raise ConfigError(f"{FOLDER}/{name} is no mapping")
    return found


def _text_of(path: Path) -> str:
    return (read_file(path) or b"").decode("utf-8", "replace")
