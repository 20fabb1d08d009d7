"""The line of devenv.yaml that is the remedy, and where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devenv.config.environment import Environment, Origin
from devenv.detect.finding import Place
from devenv.detect.render import scalar
from devenv.detect.values import Read
from devenv.detect.variables import safe_value
from devenv.errors import Edit


def add_variable(environment: Environment, name: str, value: str | None = None) -> Edit:
    """A variable for the app, with a value that is safe for development."""
    said = safe_value(Read(name=name, place=Place("")), {}) if value is None else value
    return add_entry(environment, "app.env", f"{name}: {scalar(said)}")


def add_packages(environment: Environment, packages: Iterable[str]) -> Edit:
    """Debian packages beside those that are asked for: the whole line, to replace the one that is there."""
    wanted = dict.fromkeys((*environment.app.system_packages, *packages))
    line = f"system_packages: [{', '.join(wanted)}]"
    if "app.system_packages" in environment.origins:
        return set_key(environment, "app.system_packages", line)
    return add_entry(environment, "app", line)


def set_day(environment: Environment, day: str) -> Edit:
    """The day as of which packages are taken; `dependencies: requirements.txt` is written in full for it."""
    origins, needs, key = _own(environment), environment.app.dependencies, "app.dependencies"
    inside = [origins[each].line for each in origins if each.startswith((f"{key}.file", f"{key}.as_of"))]
    if key not in origins or (inside and min(inside) > origins[key].line):
        return set_key(environment, f"{key}.as_of", f"as_of: {day}")
    files = [scalar(file.path) for file in needs.files[: needs.roots]]
    shown = files[0] if len(files) == 1 else f"[{', '.join(files)}]"
    line = f"dependencies: {{file: {shown}, as_of: {day}}}"
    return Edit(place=origins[key].place, lines=(_indented(line, origins[key].column),), follows=False)


def set_key(environment: Environment, key: str, line: str) -> Edit:
    """The line of a key as it should be; below its parent where it is not there yet."""
    if origin := environment.origins.get(key):
        return Edit(place=origin.place, lines=(_indented(line, origin.column),), follows=False)
    return add_entry(environment, key.rpartition(".")[0], line)


def add_entry(environment: Environment, parent: str, line: str) -> Edit:
    """A line below a mapping: after all that it holds, or with the mapping's own key where there is none."""
    origins = _own(environment)
    if parent and parent not in origins:
        above, _, name = parent.rpartition(".")
        outer = add_entry(environment, above, f"{name}:")
        return Edit(place=outer.place, lines=(*outer.lines, f"{_margin(outer.lines[-1])}  {line}"))
    inside = [origins[key] for key in origins if key.startswith(f"{parent}.") or not parent]
    last = max([*inside, *([origins[parent]] if parent else [])], key=lambda origin: origin.line)
    return Edit(place=last.place, lines=(_indented(line, _column_inside(origins, parent)),))


def _own(environment: Environment) -> Mapping[str, Origin]:
    """What the project's own devenv.yaml says, without the layers that it shares with others."""
    home = environment.origins["name"].file
    return {key: origin for key, origin in environment.origins.items() if origin.file == home}


def _column_inside(origins: Mapping[str, Origin], parent: str) -> int:
    """Where the keys of a mapping begin; in one that is written in braces, nowhere in particular."""
    inside = [origin for key, origin in origins.items() if key.rpartition(".")[0] == parent]
    if not parent or any(origin.line == origins[parent].line for origin in inside):
        return 1
    return inside[0].column if inside else origins[parent].column + 2


def _indented(line: str, column: int) -> str:
    return " " * (column - 1) + line


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
