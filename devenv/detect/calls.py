"""Calls in settings -> values: methods of text, lists, dicts and paths, and the project's own functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from posixpath import dirname, normpath
from typing import Any
from urllib.parse import quote, urlsplit

from devenv.detect import dynaconf
from devenv.detect.beside import Beside
from devenv.detect.configurations import value_of
from devenv.detect.finding import Place
from devenv.detect.ledger import Evaluate, Ledger, Walk
from devenv.detect.readers import Call, call_of_reader, call_of_ref, cast_text
from devenv.detect.values import (
    ROOT,
    UNKNOWN,
    Function,
    IniFile,
    Namespace,
    OpenFile,
    Reader,
    Ref,
    Tracked,
    UrlConfig,
    Value,
    key_of,
    opaque,
    plain,
    reads_of,
    recast,
    tracked,
)

_TEXT_METHODS = frozenset(
    ("split", "rsplit", "strip", "lstrip", "rstrip", "lower", "upper", "title", "replace", "format", "join")
) | frozenset(
    ("startswith", "endswith", "splitlines", "partition", "isdigit", "removeprefix", "removesuffix")
)
_LIST_METHODS = frozenset(("append", "extend", "insert", "remove", "index", "copy", "count"))
_DICT_METHODS = frozenset(("get", "items", "keys", "values", "update", "setdefault", "pop", "copy"))
_PATH_METHODS = frozenset(("joinpath", "with_name", "with_suffix", "as_posix"))
_PATH_SAME = frozenset(("resolve", "absolute", "expanduser", "path"))
_BOOLEANS = frozenset(
    ("distutils.util.strtobool", "setuptools._distutils.util.strtobool", "strtobool.strtobool")
)
_URL_PARSERS = frozenset(("urllib.parse.urlparse", "urllib.parse.urlsplit", "urlparse.urlparse"))
_QUOTES = frozenset(
    f"{module}.{name}"
    for module in ("urllib.parse", "urllib", "requests.compat", "requests.utils", "six.moves.urllib.parse")
    for name in ("quote", "quote_plus", "unquote", "unquote_plus")
)
_ON_THE_PATH = frozenset(("sys.path.insert", "sys.path.append", "sys.path.extend", "site.addsitedir"))
_URL_PARTS = ("scheme", "netloc", "hostname", "port", "username", "password", "path", "query")
_LITERALS = frozenset(("json.loads", "ast.literal_eval"))
_PATHS = frozenset(("pathlib.Path", "pathlib.PurePath", "environ.Path", "path.Path", "unipath.Path"))
_CASTS: Mapping[str, Callable[[Any], Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "list": list,
    "tuple": tuple,
    "set": list,
    "len": len,
    "sorted": sorted,
    "dict": dict,
    "any": any,
    "all": all,
}


class Calls:
    """Evaluates calls. value, attribute: of expressions; walk: goes through functions and modules."""

    def __init__(
        self, ledger: Ledger, walk: Walk, value: Evaluate, attribute: Callable[[Value, str], Value]
    ) -> None:
        self._ledger = ledger
        self._walk = walk
        self._value = value
        self._attribute = attribute
        self._beside = Beside(ledger, walk)

    def call(self, node: ast.Call, scope: Namespace) -> Value:
        """What a call comes to; what it reads is recorded."""
        arguments = [value for each in node.args for value in self._arguments(each, scope)]
        keywords = self._keywords(node, scope)
        call = Call(arguments=arguments, keywords=keywords, place=Place(scope.path, node.lineno))
        if isinstance(node.func, ast.Attribute):
            return self._call_method(self._value(node.func.value, scope), node.func.attr, call, scope)
        return self._call_value(self._value(node.func, scope), call, scope)

    def _arguments(self, node: ast.expr, scope: Namespace) -> list[Value]:
        """One argument, or those that a starred one stands for."""
        if not isinstance(node, ast.Starred):
            return [self._value(node, scope)]
        value = self._value(node.value, scope)
        several = plain(value)
        return [tracked(each, value) for each in several] if isinstance(several, (list, tuple)) else [value]

    def _keywords(self, node: ast.Call, scope: Namespace) -> dict[str, Value]:
        """By name; what a known mapping spreads is among them, one that is not known stands as ""."""
        found: dict[str, Value] = {}
        for each in node.keywords:
            value = self._value(each.value, scope)
            spread = plain(value) if each.arg is None else {each.arg: value}
            found |= (
                {str(key): one for key, one in spread.items()} if isinstance(spread, dict) else {"": value}
            )
        return found

    def _call_method(self, owner: Value, name: str, call: Call, scope: Namespace) -> Value:
        if isinstance(owner, Reader):
            return self._method_of_reader(owner, name, call, scope)
        if isinstance(owner, IniFile):
            return self._beside.of_parser(owner, name, call)
        if isinstance(owner, OpenFile):
            return self._beside.text(owner) if name == "read" else UNKNOWN
        if isinstance(owner, (Ref, Namespace)):
            if owner in (Ref("globals"), Ref("vars")):
                return UNKNOWN
            return self._call_value(self._attribute(owner, name), call, scope)
        return self._call_known(owner, name, call)

    def _method_of_reader(self, owner: Reader, name: str, call: Call, scope: Namespace) -> Value:
        if owner.kind == "file":
            return self._ledger.record_of_file(owner, name, call)
        if name == "read_env":
            self._beside.load_env_file(call.argument(0, "path", "env_file", default=None), scope)
        return call_of_reader(owner, name, call, self._ledger.record)

    def _call_known(self, owner: Value, name: str, call: Call) -> Value:
        """A method of text, a list, a dict or a path."""
        known: Any = plain(owner)
        if known is UNKNOWN and name == "config_from_object":  # of a Celery: a module of the project
            self._module(plain(call.argument(0, "obj", default=UNKNOWN)), call.place)
        parts = (owner, *call.arguments, *call.keywords.values())
        fails = known is None or _has_no_such(known, name)
        if fails or (known is UNKNOWN and isinstance(owner, Tracked)):
            self._ledger.need(*([owner] if fails else []))
            separator = plain(call.argument(0, default=" ")) if name == "split" else ""
            return Tracked(UNKNOWN, reads_of(*parts), str(separator))
        if isinstance(known, UrlConfig) and name == "update":
            known.extra.update({k: v for k, v in call.keywords.items() if k})
        elif isinstance(known, PurePosixPath):
            return self._path_method(known, name, call)
        elif isinstance(known, str) and name in _TEXT_METHODS:
            return self._text_method(known, name, owner, call)
        elif (isinstance(known, list) and name in _LIST_METHODS) or (
            isinstance(known, dict) and name in _DICT_METHODS
        ):
            return self._container_method(known, name, call)
        return tracked(UNKNOWN, *parts)

    def _path_method(self, known: PurePosixPath, name: str, call: Call) -> Value:
        if name in {"open", "read_text"}:
            file = self._beside.open(known, call.place)
            return self._beside.text(file) if isinstance(file, OpenFile) and name == "read_text" else file
        if name in {"exists", "is_file", "is_dir"}:
            return self._exists(known)
        if name in _PATH_SAME:
            return known.joinpath(*map(str, map(plain, call.arguments)))
        return getattr(known, name)(*map(plain, call.arguments)) if name in _PATH_METHODS else UNKNOWN

    def _text_method(self, known: str, name: str, owner: Value, call: Call) -> Value:
        arguments = [plain(each) for each in call.arguments]
        keywords = {key: plain(each) for key, each in call.keywords.items() if key}
        if name == "format" and re.search(r"\d{4}", known):  # a width out of all proportion
            return tracked(UNKNOWN, owner)
        if UNKNOWN in arguments or opaque(arguments) or opaque(keywords.values()):
            return tracked(UNKNOWN, owner, *call.arguments, *call.keywords.values())
        result = getattr(known, name)(*arguments, **keywords)
        reads = reads_of(owner, *call.arguments, *call.keywords.values())
        separator = str(arguments[0] if arguments else " ") if name == "split" else ""
        return Tracked(result, reads, separator) if reads else result

    def _container_method(self, known: Any, name: str, call: Call) -> Value:
        arguments = list(call.arguments)
        if name == "extend" and not isinstance(plain(arguments[0]), (list, tuple)):
            return None
        if name in {"extend", "update"}:
            arguments = [plain(each) for each in arguments]
        if name in {"get", "setdefault", "pop"}:
            arguments[0] = key_of(arguments[0])
            return known.get(*arguments[:2]) if name != "setdefault" else known.setdefault(*arguments)
        named = {key: each for key, each in call.keywords.items() if key and name == "update"}
        made = getattr(known, name)(*arguments, **named)
        return list(made) if name in {"items", "keys", "values"} else made

    def _call_value(self, called: Value, call: Call, scope: Namespace) -> Value:
        if isinstance(called, Reader):
            return call_of_reader(called, "", call, self._ledger.record)
        if isinstance(called, Function):
            keywords = dict(call.keywords)
            with self._ledger.called_from(call.place):
                return self._walk.call(called, call.arguments, keywords)
        if isinstance(called, Namespace):
            return called  # an object of one of the project's classes has its class's names
        if isinstance(called, Ref):
            return self._call_ref(called.dotted, call, scope)
        return tracked(UNKNOWN, *call.arguments, *call.keywords.values())

    def _call_ref(self, dotted: str, call: Call, scope: Namespace) -> Value:
        """A call of something imported: what plainly computes is computed, what reads is recorded."""
        made: Value = UNKNOWN
        if dotted in {"globals", "locals", "vars"}:
            made = scope.values
        elif dotted in _CASTS:
            made = self._cast(dotted, call)
        elif dotted in _BOOLEANS:
            made = _boolean(call.argument(0, default=UNKNOWN))
        elif dotted == "map" and len(call.arguments) == 2:
            made = call.arguments[1]
        elif dotted in _PATHS:
            made = _path(call)
        elif dotted in _LITERALS and reads_of(call.argument(0, default=UNKNOWN)):
            return tracked(UNKNOWN, recast(call.argument(0, default=UNKNOWN), "json"))
        elif dotted in _QUOTES:
            made = _quoted(call.argument(0, "string", default=UNKNOWN))
        elif dotted in _URL_PARSERS:
            return _parsed_url(call.argument(0, "url", default=UNKNOWN), scope)
        elif dotted.startswith("os.path."):
            made = self._os_path(dotted.removeprefix("os.path."), call)
        else:
            made = self._of_library(dotted, call, scope)
        return tracked(UNKNOWN, *call.arguments, *call.keywords.values()) if made is UNKNOWN else made

    def _named_attribute(self, asked: str, call: Call) -> Value:
        """`getattr(configuration, "NAME", default)` and `hasattr` of a module or class of the project."""
        owner, name = plain(call.argument(0)), plain(call.argument(1))
        if not isinstance(owner, Namespace) or not isinstance(name, str):
            return tracked(UNKNOWN, *call.arguments)
        if asked == "hasattr":
            return name in owner.values
        return owner.values[name] if name in owner.values else call.argument(2, default=UNKNOWN)

    def _of_library(self, dotted: str, call: Call, scope: Namespace) -> Value:
        """What libraries for settings make of the environment and of files."""
        ledger = self._ledger
        if dotted in dynaconf.CALLS:
            dynaconf.extend(ledger.tree, ledger.roots[0], scope, call, record=ledger.record)
            return UNKNOWN
        if dotted in {"getattr", "hasattr"}:
            return self._named_attribute(dotted, call)
        if dotted in _ON_THE_PATH:
            several = plain(call.arguments[-1]) if call.arguments else UNKNOWN
            ledger.add_roots(*(several if isinstance(several, list) else [several]))
            return None
        if dotted == "importlib.import_module":
            return self._module(plain(call.argument(0, "name", default=UNKNOWN)), call.place)
        for made in (
            value_of(dotted, call, ledger.record),
            self._beside.call(dotted, call, scope),
        ):
            if made is not UNKNOWN:
                return made
        made = call_of_ref(dotted, call, ledger.record)
        if dotted == "os.environ.setdefault":
            ledger.set_variable(call.argument(0, "key"), call.argument(1, "value", default=UNKNOWN))
        elif dotted == "os.environ.update":
            several = plain(call.argument(0, default=None))
            for name, value in {**(several if isinstance(several, dict) else {}), **call.keywords}.items():
                ledger.set_variable(name, value)
        return made

    def _module(self, name: Value, place: Place) -> Value:
        """One of the project's modules by its name; one that its package should have is missed."""
        if not isinstance(name, str):
            return UNKNOWN
        found = self._walk.module(name)
        home = self._walk.path_of(name.rpartition(".")[0]) if found is None else None
        if home:
            self._ledger.miss(f"{dirname(home)}/{name.rpartition('.')[2]}.py", place)
        return found or UNKNOWN

    def _cast(self, name: str, call: Call) -> Value:
        if not call.arguments:
            return (
                dict(call.keywords) if name == "dict" else [] if name in {"list", "tuple", "set"} else UNKNOWN
            )
        value = call.arguments[0]
        known: Any = plain(value)
        if known is None and name in {"int", "float"}:
            self._ledger.need(value)
        if name in {"int", "float"}:
            value = recast(value, name)
        if known is UNKNOWN or opaque([known]):
            return tracked(UNKNOWN, value)
        made = tracked(_CASTS[name](known), value)
        if isinstance(value, Tracked) and value.separator and isinstance(made, Tracked):
            return Tracked(made.value, made.reads, value.separator)
        return made

    def _os_path(self, name: str, call: Call) -> Value:
        known = [plain(each) for each in call.arguments]
        if UNKNOWN in known:
            return tracked(UNKNOWN, *call.arguments)
        path = PurePosixPath(*map(str, known))
        if name in {"abspath", "realpath", "normpath", "join", "expanduser"}:
            return tracked(normpath(str(path)), *call.arguments)
        if name == "dirname":
            return tracked(str(path.parent), *call.arguments)
        if name in {"exists", "isfile", "isdir"}:
            return self._exists(path)
        return tracked(UNKNOWN, *call.arguments)

    def _exists(self, path: PurePosixPath) -> bool:
        tree = self._ledger.tree
        if not path.is_relative_to(ROOT):
            return False
        relative = path.relative_to(ROOT).as_posix()
        return relative == "." or tree.has(relative) or tree.has_folder(relative)


def _boolean(value: Value) -> Value:
    known = plain(value)
    return tracked(cast_text(known, "bool")[0] if isinstance(known, str) else UNKNOWN, value)


def _quoted(text: Value) -> Value:
    """A name or password fit for a URL; what an address needs is seen either way."""
    return tracked(quote(known), text) if isinstance(known := plain(text), str) else UNKNOWN


def _parsed_url(url: Value, scope: Namespace) -> Namespace:
    """An object with the parts of a URL, each remembering where the URL comes from."""
    known = plain(url)
    parts = urlsplit(known) if isinstance(known, str) else None
    found = {name: tracked(getattr(parts, name) if parts else UNKNOWN, url) for name in _URL_PARTS}
    return Namespace("url", scope.path, found)


def _path(call: Call) -> Value:
    parts = [str(each) for each in map(plain, call.arguments) if each is not UNKNOWN]
    return PurePosixPath(normpath(str(PurePosixPath(*parts)))) if parts else ROOT


def _has_no_such(known: object, method: str) -> bool:
    """Whether a method of text is called on a default that is none: `os.getenv("HOSTS", []).split(",")`."""
    is_plain = isinstance(known, (list, tuple, dict, bool, int))
    return is_plain and method in _TEXT_METHODS and not hasattr(known, method)
