"""`devenv debug --write`: what an editor needs to know; a file that is there keeps every byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from devenv.errors import WorkspaceError
from devenv.workflows.checkout import Checkout
from devenv.workspace.files import Content, write_files

LAUNCH = ".vscode/launch.json"
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"/]+', re.DOTALL)
EMPTY = '{\n    "version": "0.2.0",\n    "configurations": []\n}\n'
NOTE = """PyCharm 2025.1 or later: Run > Edit Configurations > + > Attach to DAP (debugpy)
  host 127.0.0.1, port {port}
  path mapping: {local} = /app
Then `devenv debug` here, and Debug there. Older PyCharms speak another protocol: use breakpoint() and
`devenv attach`."""


def configuration(checkout: Checkout, name: str, port: int) -> dict[str, object]:
    """What VS Code's Python debugger attaches with; it comes back by itself after a reload."""
    path = checkout.environment.app.path
    local = "${workspaceFolder}" + ("" if path == "." else f"/{path}")
    return {
        "name": f"devenv: {name}",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": port},
        "pathMappings": [{"localRoot": local, "remoteRoot": "/app"}],
        "django": True,
        "restart": True,
    }


def write_launch(checkout: Checkout, name: str, port: int) -> str:
    """Add the configuration to .vscode/launch.json; what was done. Raises WorkspaceError."""
    file = checkout.root / LAUNCH
    wanted = configuration(checkout, name, port)
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else EMPTY
        if has_configuration(before, f"devenv: {name}"):
            return f"{LAUNCH} has `devenv: {name}` already; it stays as it is"
        write_files(checkout.root, {LAUNCH: Content(with_configuration(before, wanted).encode())})
    except (OSError, ValueError) as error:
        details = f"{error}\n{json.dumps(wanted, indent=4)}"
        raise WorkspaceError(
            f"{LAUNCH} cannot be added to", details=details, hint="add this by hand"
        ) from error
    return f"{LAUNCH}: `devenv: {name}` is there; say `devenv debug {name}`, then press F5"


def pycharm_note(checkout: Checkout, port: int) -> str:
    """What to enter in PyCharm."""
    return NOTE.format(port=port, local=checkout.app_folder)


def has_configuration(text: str, name: str) -> bool:
    """Whether the name is a text of the file, outside of comments."""
    return json.dumps(name) in (word for word, _ in _tokens(text))


def with_configuration(text: str, wanted: dict[str, object]) -> str:
    """launch.json with one configuration more, the first; all else as it was, comments too.

    Raises ValueError where the file has no list of configurations.
    """
    tokens = list(_tokens(text))
    depth = 0
    for index, (word, _) in enumerate(tokens):
        depth += (word in "{[") - (word in "}]")
        if depth == 1 and [each for each, _ in tokens[index : index + 3]] == ['"configurations"', ":", "["]:
            end = tokens[index + 2][1]
            comma = "" if tokens[index + 3][0] == "]" else ","
            body = json.dumps(wanted, indent=4).replace("\n", "\n        ")
            rest = text[end:]
            gap = "\n    " if rest.startswith("]") else ""
            return f"{text[:end]}\n        {body}{comma}{gap}{rest}"
    raise ValueError("there is no list `configurations`")


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Each token of JSON with comments, less the comments, and where it ends."""
    for match in TOKEN.finditer(text):
        if not match[0].startswith(("//", "/*")):
            yield match[0], match.end()
