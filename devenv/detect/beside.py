"""Files that settings take values from: JSON, YAML, TOML, INI and env files, and parts of settings.

What is not committed is not there: an ignored file's values are nobody else's.
"""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath

from devenv.config.document import Scalar
from devenv.config.loader import read_document
from devenv.detect.env_files import is_ignored, read_env_text
from devenv.detect.finding import Place
from devenv.detect.ledger import Ledger, Walk
from devenv.detect.readers import Call, cast_text
from devenv.detect.tree import Tree
from devenv.detect.values import ROOT, UNKNOWN, FileText, IniFile, Namespace, OpenFile, Reader, Value, plain
from devenv.errors import ConfigError

_OPENS = frozenset(("open", "io.open", "codecs.open"))
_PARSERS = {
    "json.load": ".json",
    "json.loads": ".json",
    "yaml.load": ".yaml",
    "yaml.safe_load": ".yaml",
    "yaml.full_load": ".yaml",
    "toml.load": ".toml",
    "toml.loads": ".toml",
    "tomli.load": ".toml",
    "tomli.loads": ".toml",
    "tomllib.load": ".toml",
    "tomllib.loads": ".toml",
}
_INI = frozenset(
    ("configparser.ConfigParser", "configparser.RawConfigParser", "configparser.SafeConfigParser")
)
_ENV_FILES = frozenset(
    ("environ.Env.read_env", "environs.Env.read_env", "dotenv.load_dotenv", "dotenv.read_dotenv")
)
_ENV_DICTS = frozenset(("dotenv.dotenv_values", "dotenv.main.dotenv_values"))
_MUST_BE_THERE = "decouple.RepositoryEnv"
_INCLUDES = frozenset(("split_settings.tools.include", "split_settings.include"))
_OPTIONAL = frozenset(("split_settings.tools.optional", "split_settings.optional"))


class Beside:
    """Reads such files. walk: goes on in those that are Python."""

    def __init__(self, ledger: Ledger, walk: Walk) -> None:
        self._ledger = ledger
        self._walk = walk

    def call(self, dotted: str, call: Call, scope: Namespace) -> Value:
        """What a call that opens, parses or includes a file comes to; UNKNOWN for any other."""
        first = call.argument(0, "file", "path", "env_file", "dotenv_path", "source", default=None)
        if dotted in _OPENS:
            return self.open(first, call.place)
        if dotted in _PARSERS:
            return self._parsed(first, _PARSERS[dotted])
        if dotted in _INI:
            return IniFile()
        if dotted in _OPTIONAL:
            return OpenFile(str(plain(first)))
        if dotted == "compile":
            return first
        return self._of_variables(dotted, first, call, scope)

    def _of_variables(self, dotted: str, first: Value, call: Call, scope: Namespace) -> Value:
        """What reads env files, or goes on in another file of settings."""
        if dotted in _ENV_DICTS:
            return self._env_dict(first, scope)
        if dotted == _MUST_BE_THERE:
            self._repository(first, call.place)
        if dotted in _ENV_FILES:
            self.load_env_file(first, scope)
        if dotted in _INCLUDES:
            self._include(call, scope)
        if dotted in {"exec", "execfile"}:
            self._execute(first, scope)
        return UNKNOWN

    def open(self, named: Value, place: Place) -> Value:
        """A file of the tree; one that should be there and is not is noted."""
        path = self._path(named)
        if path is None:
            known = plain(named)
            absolute = isinstance(known, (str, PurePosixPath)) and PurePosixPath(known).is_relative_to(ROOT)
            if absolute:
                self._ledger.miss(PurePosixPath(str(known)).relative_to(ROOT).as_posix(), place)
            return UNKNOWN
        return OpenFile(path)

    def text(self, file: OpenFile) -> str:
        """What an opened file holds."""
        return FileText.of(self._ledger.tree.text(file.path), file.path)

    def of_parser(self, ini: IniFile, method: str, call: Call) -> Value:
        """A method of a configparser."""
        if method in {"read", "read_file", "readfp"}:
            ini.sections.update(self._sections(call.argument(0, "filenames", "f")))
            return None
        section, option = plain(call.argument(0, "section")), plain(call.argument(1, "option"))
        fallback = call.argument(2, "fallback", default=UNKNOWN)
        found = ini.sections.get(str(section), {}).get(str(option).lower())
        if method == "has_section":
            return section in ini.sections
        if method == "has_option":
            return found is not None
        if found is None:
            return fallback
        casts = {"getboolean": "bool", "getint": "int"}
        return cast_text(found, casts.get(method, ""))[0] if method in {*casts, "get"} else UNKNOWN

    def _sections(self, paths: Value) -> dict[str, dict[str, str]]:
        several = plain(paths)
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        for each in several if isinstance(several, (list, tuple)) else (several,):
            path = each.path if isinstance(each, OpenFile) else self._path(each)
            if path:
                parser.read_string(self._ledger.tree.text(path))
        return {name: dict(parser[name]) for name in parser.sections()}

    def load_env_file(self, named: Value, scope: Namespace) -> None:
        """Variables of a committed env file; without a name the nearest .env above the module."""
        tree = self._ledger.tree
        path = self._path(named) if plain(named) is not None else None
        if plain(named) is None:
            path = next((each for each in _upwards(scope.path, ".env") if tree.has(each)), None)
        if path and not is_ignored(tree, path):
            self._ledger.take_in(read_env_text(tree.text(path)))

    def _repository(self, named: Value, place: Place) -> None:
        """decouple's own file, which has to be there; the environment comes before it."""
        tree, path = self._ledger.tree, self._path(named)
        if path and not is_ignored(tree, path):
            self._ledger.take_in(read_env_text(tree.text(path)))
        elif made := self._to_be(named):
            self._ledger.own_files.setdefault(made, place)

    def _to_be(self, named: Value) -> str:
        """Where a file that is not there would be, "" outside of the tree; seen from beside manage.py."""
        known, home = plain(named), self._ledger.roots[0]
        if known is UNKNOWN:
            return ""
        path = PurePosixPath(normpath(join(ROOT, home, ".env" if known is None else str(known))))
        return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""

    def _env_dict(self, named: Value, scope: Namespace) -> Value:
        """What stands in an env file; one that is not committed is read as each developer makes it."""
        tree, path = self._ledger.tree, self._path(named)
        if plain(named) is None:
            path = next((each for each in _upwards(scope.path, ".env") if tree.has(each)), None)
        if path and not is_ignored(tree, path):
            return dict(read_env_text(tree.text(path)))
        made = self._to_be(named)
        return Reader("file", path=made) if made else UNKNOWN

    def _parsed(self, source: Value, suffix: str) -> Value:
        """UNKNOWN where there is no such file, or what it holds is not known."""
        known = plain(source)
        if isinstance(known, OpenFile):
            found = _parse(self.text(known), suffix)
        elif isinstance(known, (str, PurePosixPath)) and (path := self._path(known)):
            found = _parse(self._ledger.tree.text(path), suffix)
        else:
            found = _parse(known, suffix) if isinstance(known, str) else None
        return UNKNOWN if found is None else found

    def _path(self, named: Value) -> str | None:
        """A file of the tree by its absolute path, or as seen from the folders that modules start from."""
        known = plain(named)
        if not isinstance(known, (str, PurePosixPath)) or not str(known):
            return None
        starts = [join(ROOT, root) for root in self._ledger.roots]
        for start in starts:
            path = PurePosixPath(normpath(join(start, str(known))))
            if path.is_relative_to(ROOT) and self._ledger.tree.has(path.relative_to(ROOT).as_posix()):
                return path.relative_to(ROOT).as_posix()
        return None

    def _execute(self, source: Value, scope: Namespace) -> None:
        """The text of a file, or (in Python 2) a file by its path, is executed among a module's names."""
        known = plain(source)
        path = known.path if isinstance(known, FileText) else None
        if path is None and isinstance(known, str) and "\n" not in known:
            path = self._path(known)
        if path:
            self._walk.go_into(path, scope)

    def _include(self, call: Call, scope: Namespace) -> None:
        """Parts of settings, each gone through as if it stood here; a pattern stands for several."""
        for each in call.arguments:
            named = plain(each)
            pattern = normpath(join(dirname(scope.path), str(getattr(named, "path", named))))
            found = [
                path
                for path in self._ledger.tree.paths
                if path == pattern or ("*" in pattern and _matches(path, pattern))
            ]
            for path in found:
                self._walk.go_into(path, scope)
            if not found and isinstance(named, str) and "*" not in pattern:
                self._ledger.miss(pattern, call.place)


def content_of(tree: Tree, path: str) -> object:
    """The content of a JSON, YAML or TOML file; None where it has none that can be read."""
    return _parse(tree.text(path), PurePosixPath(path).suffix)


def _matches(path: str, pattern: str) -> bool:
    return path.count("/") == pattern.count("/") and fnmatch(path, pattern)


def _upwards(path: str, name: str) -> Iterator[str]:
    folder = dirname(path)
    while folder:
        yield join(folder, name)
        folder = dirname(folder)
    yield name


def _parse(text: str, suffix: str) -> object:
    """A text's content, None where it cannot be read."""
    try:
        match suffix:
            case ".json":
                return json.loads(text)
            case ".toml" | ".tml":
                return tomllib.loads(text)
            case ".yaml" | ".yml":
                return _values(read_document(text.encode(), "settings").tree)
    except (ValueError, RecursionError, ConfigError):
        return None
    return None


def _values(tree: object) -> object:
    """A document's tree without where its values stand."""
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, list):
        return [_values(each) for each in tree]
    return {name: _values(each) for name, each in tree.items()} if isinstance(tree, Mapping) else None
