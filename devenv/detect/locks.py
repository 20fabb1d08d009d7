"""poetry.lock, Pipfile, pyproject.toml and setup.cfg -> the lines of a requirements file."""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from posixpath import dirname, join

from devenv.detect.tree import Tree

MAX_DEPTH = 4  # of packages that want each other


@dataclass(frozen=True, slots=True)
class Export:
    """Requirement lines. `locked`: every version is pinned. `remark`: what could not be carried over.

    `spare`: the lines of each extra that is not for development, for what turns out to be imported.
    `wheels`: of packages that are built for each Python, the Pythons ("cp313") that the lock has wheels for.
    """

    lines: tuple[str, ...]
    locked: bool
    remark: str = ""
    spare: tuple[tuple[str, ...], ...] = ()
    wheels: Mapping[str, frozenset[str]] = field(default_factory=dict)


def load_toml(text: str) -> Mapping[str, object]:
    """A file's tables, none where it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def table_of(value: object, *keys: str) -> Mapping[str, object]:
    """What a TOML file has under some keys; nothing where that is no table."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _poetry_lock(files: Tree, folder: str) -> Export | None:
    content = load_toml(files.text(join(folder, "poetry.lock")))
    packages = [each for each in _list(content.get("package")) if not each.get("optional")]
    conditions = _Conditions.of_lock(packages, load_toml(files.text(join(folder, "pyproject.toml"))))
    lines, left_out = [], []
    for each in packages:
        line = _locked_line(str(each.get("name")), str(each.get("version")), table_of(each, "source"))
        if not line:
            left_out.append(str(each.get("name")))
            continue
        marker = each.get("markers") or conditions.of(str(each.get("name")))
        if isinstance(marker, dict):
            marker = " or ".join(f"({text})" for text in marker.values())
        lines.append(f"{line} ; {marker}" if marker else line)
    remark = f", without {', '.join(left_out)}" if left_out else ""
    wheels = _wheels(packages, table_of(content, "metadata", "files"))
    return Export(tuple(lines), locked=True, remark=remark, wheels=wheels) if lines else None


def _wheels(
    packages: list[Mapping[str, object]], older: Mapping[str, object]
) -> Mapping[str, frozenset[str]]:
    """What a lock has for Linux. older: where locks had the files until 2022, by the package's name."""
    found = {}
    for each in packages:
        files = _list(each.get("files") or older.get(str(each.get("name"))))
        if pythons := built_for(str(file.get("file")) for file in files):
            found[_plain_name(each.get("name"))] = pythons
    return found


def built_for(names: Iterable[str]) -> frozenset[str]:
    """The Pythons of a package's wheels for Linux; none where one of them serves every Python."""
    wheels = [name for name in names if name.endswith(".whl")]
    if any("-none-any" in name or "-abi3-" in name or "-py3-" in name for name in wheels):
        return frozenset()
    return frozenset(name.split("-")[2] for name in wheels if "linux" in name and name.count("-") >= 3)


def _list(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class _Conditions:
    """When a package of an older poetry.lock is wanted: that stands with those that want it, not with it.

    `wanted`: by package, who wants it ("" for the project itself) and on what condition ("" for none).
    """

    wanted: Mapping[str, list[tuple[str, str]]]

    @classmethod
    def of_lock(cls, packages: list[Mapping[str, object]], project: Mapping[str, object]) -> _Conditions:
        """Gather who wants what."""
        wanted: dict[str, list[tuple[str, str]]] = {}
        poetry = table_of(project, "tool", "poetry")
        tables = [table_of(poetry, "dependencies"), table_of(poetry, "dev-dependencies")]
        tables += [
            table_of(group, "dependencies") for group in map(table_of, table_of(poetry, "group").values())
        ]
        wanting = [("", table) for table in tables]
        wanting += [(_plain_name(each.get("name")), table_of(each, "dependencies")) for each in packages]
        for who, table in wanting:
            for name, said in table.items():
                for one in said if isinstance(said, list) else [said]:
                    marker = str(table_of(one).get("markers", ""))
                    condition = "" if "extra" in marker else marker
                    wanted.setdefault(_plain_name(name), []).append((who, condition))
        return cls(wanted)

    def of(self, name: str, above: tuple[str, ...] = ()) -> str:
        """The marker of a package, "" where it is always wanted."""
        name = _plain_name(name)
        found = []
        for who, condition in self.wanted.get(name, []):
            if who in above:
                continue
            outer = self.of(who, (*above, name)) if who and len(above) < MAX_DEPTH else ""
            if not condition and not outer:
                return ""
            found.append(_joined(" and ", [condition, outer]))
        return _joined(" or ", found)


def _joined(word: str, markers: list[str]) -> str:
    """One marker of several, empty ones left out."""
    several = [each for each in dict.fromkeys(markers) if each]
    return word.join(f"({each})" for each in several) if len(several) > 1 else "".join(several)


def _plain_name(name: object) -> str:
    return re.sub(r"[-_.]+", "-", str(name)).lower()


def _locked_line(name: str, version: str, source: Mapping[str, object]) -> str:
    url = source.get("url")
    match source.get("type"):
        case "git":
            return f"{name} @ git+{url}@{source.get('resolved_reference') or source.get('reference')}"
        case "url":
            return f"{name} @ {url}"
        case "directory" | "file":
            return ""
    return f"{name}=={version}"


def _pipfile_lock(files: Tree, folder: str) -> Export | None:
    content = load_json(files.text(join(folder, "Pipfile.lock")))
    lines = [
        line
        for section in ("default", "develop")
        for name, said in sorted(table_of(content, section).items())
        if (line := _pipfile_line(name, said))
    ]
    return Export(tuple(dict.fromkeys(lines)), locked=True) if lines else None


def load_json(text: str) -> object:
    """A file's content, None where it is no JSON."""
    import json  # noqa: PLC0415 - one place needs it

    try:
        return json.loads(text)
    except ValueError:
        return None


def _pipfile(files: Tree, folder: str) -> Export | None:
    content = load_toml(files.text(join(folder, "Pipfile")))
    lines = [
        line
        for section in ("packages", "dev-packages")
        for name, said in table_of(content, section).items()
        if (line := _pipfile_line(name, said))
    ]
    return Export(tuple(dict.fromkeys(lines)), locked=False, remark=", which pins nothing") if lines else None


def _pipfile_line(name: str, said: object) -> str:
    if isinstance(said, str):
        return name if said == "*" else f"{name}{said}"
    table = table_of(said)
    if "path" in table:
        return ""
    extras = f"[{','.join(_texts(table.get('extras')))}]" if table.get("extras") else ""
    if "git" in table:
        return f"{name}{extras} @ git+{table['git']}@{table.get('ref', 'HEAD')}"
    version = str(table.get("version", "")).removeprefix("*")
    marker = f" ; {table['markers']}" if table.get("markers") else ""
    return f"{name}{extras}{version}{marker}"


def _default_groups(files: Tree, folder: str, groups: Mapping[str, object]) -> list[str]:
    """The groups that uv takes by itself, as this project says, or the workspace that it is a member of."""
    above = [folder]
    while above[-1] not in {".", ""}:
        above.append(dirname(above[-1]) or ".")
    for each in above:
        said = table_of(load_toml(files.text(join(each, "pyproject.toml"))), "tool", "uv").get(
            "default-groups"
        )
        if said:
            return list(groups) if said == "all" else _texts(said)
    return []


def _pyproject(files: Tree, folder: str) -> Export | None:
    """[project].dependencies with what is for development, or poetry's own tables."""
    content = load_toml(files.text(join(folder, "pyproject.toml")))
    project = table_of(content, "project")
    lines = _texts(project.get("dependencies"))
    groups = table_of(content, "dependency-groups")
    if not any(map(_is_django, lines)):
        lines += [
            text for group in groups.values() if any(map(_is_django, _texts(group))) for text in _texts(group)
        ]
    for name in _default_groups(files, folder, groups):
        lines += _texts(groups.get(name))
    for table in (table_of(project, "optional-dependencies"), groups):
        lines += [text for name in ("dev", "local", "development") for text in _texts(table.get(name))]
    poetry = table_of(content, "tool", "poetry")
    tables = [
        table_of(poetry, "dependencies"),
        table_of(poetry, "dev-dependencies"),
        *(table_of(poetry, "group", name, "dependencies") for name in ("dev", "local", "development")),
    ]
    for table in tables:
        lines += [
            line for name, said in table.items() if name != "python" and (line := _poetry_line(name, said))
        ]
    lines = [line for line in lines if not line.startswith(f"{project.get('name')}[")]
    spare = tuple(tuple(_texts(said)) for said in table_of(project, "optional-dependencies").values())
    if not lines:
        return None
    found = tuple(dict.fromkeys(lines))
    return Export(found, locked=False, remark=", which has no lock", spare=spare)


def _is_django(line: str) -> bool:
    return re.match(r"django\s*($|[<>=~!;\[])", line, re.IGNORECASE) is not None


def _poetry_line(name: str, said: object) -> str:
    if isinstance(said, list):
        return _poetry_line(name, said[0]) if said else ""
    if isinstance(said, dict):
        if said.get("optional") or "path" in said:
            return ""
        extras = f"[{','.join(_texts(said.get('extras')))}]" if said.get("extras") else ""
        if "git" in said:
            reference = said.get("rev") or said.get("tag") or said.get("branch") or "HEAD"
            return f"{name}{extras} @ git+{said['git']}@{reference}"
        return f"{name}{extras}{_caret(str(said.get('version', '*')))}"
    return f"{name}{_caret(str(said))}"


def _caret(specifier: str) -> str:
    """poetry's ^1.2 and ~1.2 as pip has them."""
    specifier = specifier.strip()
    if specifier in {"", "*"}:
        return ""
    if not (match := re.fullmatch(r"([\^~])\s*(\d[\w.]*)", specifier)):
        return f"=={specifier}" if specifier[0].isdigit() else specifier
    numbers = [int(each) for each in re.findall(r"\d+", match[2])]
    place = 0 if match[1] == "^" else min(1, len(numbers) - 1)
    while match[1] == "^" and place < len(numbers) - 1 and numbers[place] == 0:
        place += 1
    above = [*numbers[:place], numbers[place] + 1]
    return f">={match[2]},<{'.'.join(map(str, above))}"


def _setup_cfg(files: Tree, folder: str) -> Export | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(files.text(join(folder, "setup.cfg")))
    except configparser.Error:
        return None
    extras = ("dev", "local", "development", "postgres")
    said = [parser.get("options", "install_requires", fallback="")]
    said += [parser.get("options.extras_require", name, fallback="") for name in extras]
    lines = [line.strip() for text in said for line in re.split(r"[\n]", text) if line.strip()]
    return Export(tuple(lines), locked=False, remark=", which pins nothing") if lines else None


def _requirements_in(files: Tree, folder: str) -> Export | None:
    lines = tuple(_in_lines(files, join(folder, "requirements.in")))
    return Export(lines, locked=False, remark=", which is not compiled") if lines else None


def _in_lines(files: Tree, path: str) -> Iterator[str]:
    yield from (text for _, text in files.lines(path) if text and not text.startswith(("#", "-")))


def required_by(files: Tree, folder: str) -> tuple[str, ...]:
    """What a package cannot do without, as its pyproject.toml, setup.cfg or setup.py has it."""
    content = load_toml(files.text(join(folder, "pyproject.toml")))
    poetry = table_of(content, "tool", "poetry", "dependencies")
    lines = _texts(table_of(content, "project").get("dependencies"))
    lines += [
        line for name, said in poetry.items() if name != "python" and (line := _poetry_line(name, said))
    ]
    return tuple(lines or _installed_by_cfg(files, folder) or _installed_by_setup(files, folder))


def _installed_by_cfg(files: Tree, folder: str) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    with suppress(configparser.Error):
        parser.read_string(files.text(join(folder, "setup.cfg")))
        said = parser.get("options", "install_requires", fallback="")
        return [line.strip() for line in said.splitlines() if line.strip()]
    return []


def _installed_by_setup(files: Tree, folder: str) -> list[str]:
    """The texts of a list that is written down right where setup.py calls setup()."""
    tree = files.module(join(folder, "setup.py"))
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.keyword) and node.arg == "install_requires":
            items = node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else []
            texts = (each.value for each in items if isinstance(each, ast.Constant))
            return [each for each in texts if isinstance(each, str)]
    return []


EXPORTERS: Mapping[str, Callable[[Tree, str], Export | None]] = {
    "poetry.lock": _poetry_lock,
    "Pipfile.lock": _pipfile_lock,
    "Pipfile": _pipfile,
    "requirements.in": _requirements_in,
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
}
