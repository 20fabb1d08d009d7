"""devenv.sh (cachix) has files of the name devenv.yaml; one must not be taken for a broken one of ours."""

from __future__ import annotations

from pathlib import Path

from devenv.config.document import Document
from devenv.config.problems import Problem, config_error

_THEIR_KEYS = (
    "inputs",
    "imports",
    "nixpkgs",
    "allowUnfree",
    "allow_unfree",
    "impure",
    "permittedInsecurePackages",
)
_OUR_KEYS = ("name", "python", "app")


def refuse_foreign(document: Document, folder: Path) -> None:
    """Raises: ConfigError where the file is one of devenv.sh."""
    tree = document.tree if isinstance(document.tree, dict) else {}
    theirs = [key for key in _THEIR_KEYS if key in tree]
    if any(key in tree for key in _OUR_KEYS) or not (theirs or (folder / "devenv.nix").is_file()):
        return
    evidence = f"it has `{theirs[0]}:`" if theirs else "a devenv.nix lies beside it"
    message = f"this is a devenv.yaml of devenv.sh (cachix), which describes Nix inputs: {evidence}"
    problem = Problem(document.origin((theirs[0],) if theirs else ()), "", message, is_there=bool(theirs))
    hint = "keep it, and describe the Django environment in a file of another name: `devenv -f FILE …`"
    raise config_error(document.file, [problem], {document.file: document.text}, hint=hint)
