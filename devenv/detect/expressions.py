"""Expressions of settings -> values: constants, paths, dicts, and whatever variables take part in."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING, Any

from devenv.detect.finding import Place
from devenv.detect.readers import Call, call_of_reader, call_of_ref, cast_text
from devenv.detect.values import (
    MISSING,
    ROOT,
    UNKNOWN,
    Function,
    Namespace,
    Read,
    Reader,
    Ref,
    Tracked,
    UrlConfig,
    Value,
    plain,
    reads_of,
    tracked,
)

if TYPE_CHECKING:
    from devenv.detect.evaluate import Interpreter

_TEXT_METHODS = frozenset(
    ("split", "rsplit", "strip", "lstrip", "rstrip", "lower", "upper", "title", "replace", "format", "join")
) | frozenset(
    ("startswith", "endswith", "splitlines", "partition", "isdigit", "removeprefix", "removesuffix")
)
_LIST_METHODS = frozenset(("append", "extend", "insert", "remove", "index", "copy", "count"))
_DICT_METHODS = frozenset(("get", "items", "keys", "values", "update", "setdefault", "pop", "copy"))
_PATH_METHODS = frozenset(("joinpath", "with_name", "with_suffix", "as_posix"))
_PATH_SAME = frozenset(("resolve", "absolute", "expanduser", "path"))
_OPERATORS: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_BOOLEANS = frozenset(
    ("distutils.util.strtobool", "setuptools._distutils.util.strtobool", "strtobool.strtobool")
)
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
MAX_TEXT = 10_000
MAX_ITEMS = 2_000


class Expressions:
    """Evaluates for an interpreter, which knows modules, scopes and what is given."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    def value(self, node: ast.expr, scope: Namespace) -> Value:
        """What an expression comes to; UNKNOWN where only running tells."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            return self._any(node, scope)
        try:
            return _small(method(node, scope))
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
            return UNKNOWN

    def _any(self, node: ast.expr, scope: Namespace) -> Value:
        """Of a kind that is not followed: what it reads is still seen."""
        with self._interpreter.doubtful():
            parts = [
                self.value(child, scope)
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.expr)
            ]
        return tracked(UNKNOWN, *parts)

    # -- plain things ------------------------------------------------------------------------------------

    def _constant(self, node: ast.Constant, _scope: Namespace) -> Value:
        return node.value

    def _name(self, node: ast.Name, scope: Namespace) -> Value:
        if node.id in scope.values:
            return scope.values[node.id]
        if node.id == "__file__":
            return str(ROOT / scope.path)
        if node.id == "__name__":
            return scope.name
        return Ref(node.id)

    def _list(self, node: ast.List | ast.Tuple | ast.Set, scope: Namespace) -> Value:
        items: list[Value] = []
        for each in node.elts:
            if isinstance(each, ast.Starred):
                inner = self.value(each.value, scope)
                several = plain(inner)
                items += (
                    [tracked(item, inner) for item in several] if isinstance(several, (list, tuple)) else []
                )
            else:
                items.append(self.value(each, scope))
        return tuple(items) if isinstance(node, ast.Tuple) else items

    _tuple = _set = _list

    def _dict(self, node: ast.Dict, scope: Namespace) -> Value:
        made: dict[Value, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            inner = self.value(value, scope)
            if key is not None:
                made[_key(self.value(key, scope))] = inner
            elif isinstance(inner, UrlConfig):
                return UrlConfig(
                    inner.kind, inner.url, {**inner.extra, **{str(k): v for k, v in made.items()}}
                )
            elif isinstance(known := plain(inner), dict):
                made |= known
        return made

    def _joinedstr(self, node: ast.JoinedStr, scope: Namespace) -> Value:
        parts = [
            self.value(each.value if isinstance(each, ast.FormattedValue) else each, scope)
            for each in node.values
        ]
        known = [plain(each) for each in parts]
        text = UNKNOWN if UNKNOWN in known or _opaque(known) else "".join(map(str, known))
        return tracked(text, *parts)

    def _boolop(self, node: ast.BoolOp, scope: Namespace) -> Value:
        """The first that decides; what stands after an unknown one is in doubt."""
        wanted = isinstance(node.op, ast.Or)
        seen: list[Value] = []
        for each in node.values:
            value = self.value(each, scope)
            seen.append(value)
            known = plain(value)
            if known is UNKNOWN:
                with self._interpreter.doubtful():
                    rest = [self.value(other, scope) for other in node.values[len(seen) :]]
                return tracked(UNKNOWN, *seen, *rest)
            if bool(known) == wanted:
                break
        return tracked(seen[-1], *seen)

    def _unaryop(self, node: ast.UnaryOp, scope: Namespace) -> Value:
        value = self.value(node.operand, scope)
        known: Any = plain(value)
        if known is UNKNOWN:
            return value
        if isinstance(node.op, ast.Not):
            return tracked(not known, value)
        return tracked(-known if isinstance(node.op, ast.USub) else UNKNOWN, value)

    def _binop(self, node: ast.BinOp, scope: Namespace) -> Value:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        return self._operate(node.op, left, right)

    def _operate(self, kind: ast.AST, left: Value, right: Value) -> Value:
        known: list[Any] = [plain(left), plain(right)]
        if isinstance(known[0], PurePosixPath) and isinstance(kind, ast.Sub):  # environ.Path(__file__) - 2
            return known[0].parents[known[1] - 1]
        if isinstance(known[0], tuple) and isinstance(known[1], list):
            known[0] = list(known[0])
        if isinstance(known[0], list) and isinstance(known[1], tuple):
            known[1] = list(known[1])
        if UNKNOWN in known or _opaque(known) or type(kind) not in _OPERATORS:
            kept = next((each for each in known if isinstance(each, list)), UNKNOWN)  # a list with more in it
            return tracked(kept if isinstance(kind, ast.Add) else UNKNOWN, left, right)
        return tracked(_OPERATORS[type(kind)](*known), left, right)

    def _compare(self, node: ast.Compare, scope: Namespace) -> Value:
        left = self.value(node.left, scope)
        result: Value = UNKNOWN
        for kind, other in zip(node.ops, node.comparators, strict=True):
            right = self.value(other, scope)
            if plain(right) == Ref("os.environ") and isinstance(kind, (ast.In, ast.NotIn)):
                result = self._is_set(
                    str(plain(left)), Place(scope.path, node.lineno), isinstance(kind, ast.In)
                )
            else:
                result = self._operate(kind, left, right)
            if plain(result) is not True:
                break
            left = right
        return result

    def _is_set(self, name: str, place: Place, wanted: bool) -> Value:
        """`"NAME" in os.environ`: the variable is known to be optional."""
        read = Read(name=name, place=place, default=None)
        self._interpreter.reads.append(read)
        return Tracked((name in self._interpreter.given) == wanted, (read,))

    def _ifexp(self, node: ast.IfExp, scope: Namespace) -> Value:
        test = self.value(node.test, scope)
        known = plain(test)
        if known is UNKNOWN:
            with self._interpreter.doubtful():
                return tracked(UNKNOWN, self.value(node.body, scope), self.value(node.orelse, scope))
        return self.value(node.body if known else node.orelse, scope)

    def _namedexpr(self, node: ast.NamedExpr, scope: Namespace) -> Value:
        value = self.value(node.value, scope)
        self._interpreter.assign(node.target, value, scope)
        return value

    def _lambda(self, node: ast.Lambda, scope: Namespace) -> Value:
        return Function(node, scope)

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, scope: Namespace) -> Value:
        """A comprehension over a known list, each item in turn."""
        loop = node.generators[0]
        over = self.value(loop.iter, scope)
        items = plain(over)
        inner = Namespace(scope.name, scope.path, dict(scope.values))
        if not isinstance(items, (list, tuple)) or len(node.generators) > 1:
            with self._interpreter.doubtful():
                self._interpreter.assign(loop.target, UNKNOWN, inner)
                return tracked(UNKNOWN, over, self.value(node.elt, inner))
        made = []
        for item in items:
            self._interpreter.assign(loop.target, item, inner)
            if all(plain(self.value(test, inner)) for test in loop.ifs):
                made.append(self.value(node.elt, inner))
        separator = over.separator if isinstance(over, Tracked) else ""
        return Tracked(made, reads_of(over), separator) if reads_of(over) else made

    _generatorexp = _setcomp = _listcomp

    # -- attributes and items ----------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute, scope: Namespace) -> Value:
        owner = self.value(node.value, scope)
        return self.attribute(owner, node.attr)

    def attribute(self, owner: Value, name: str) -> Value:
        """`owner.name`."""
        known = plain(owner)
        if isinstance(known, Ref):
            return Ref(f"{known.dotted}.{name}")
        if isinstance(known, Namespace):
            if name in known.values:
                return known.values[name]
            return self._interpreter.module(f"{known.name}.{name}") or UNKNOWN
        if isinstance(known, PurePosixPath) and name in {"parent", "parents", "name", "stem"}:
            return tracked(getattr(known, name), owner)
        return UNKNOWN

    def _subscript(self, node: ast.Subscript, scope: Namespace) -> Value:
        owner = self.value(node.value, scope)
        if isinstance(node.slice, ast.Slice):
            return tracked(UNKNOWN, owner)
        key = self.value(node.slice, scope)
        if owner == Ref("os.environ") or (isinstance(owner, Reader) and owner.kind == "environ"):
            read = Read(name=str(plain(key)), place=Place(scope.path, node.lineno))
            return self._interpreter.record(read)
        if isinstance(owner, Ref) and owner.dotted == "sys.modules":
            return UNKNOWN
        if isinstance(owner, UrlConfig):
            return owner.extra.get(str(plain(key)), tracked(UNKNOWN, owner.url))
        container: Any = plain(owner)
        if container is UNKNOWN or isinstance(container, Ref):
            return tracked(UNKNOWN, owner, key)
        if container is None:
            self._interpreter.need(owner)
        return tracked(container[_key(key)], owner)

    def set_item(self, owner: Value, key: Value, value: Value) -> None:
        """`owner[key] = value`, where the owner is known."""
        container: Any = plain(owner)
        if isinstance(container, UrlConfig):
            container.extra[str(plain(key))] = value
        elif isinstance(container, dict):
            container[_key(key)] = value
        elif isinstance(container, list) and isinstance(plain(key), int):
            container[plain(key)] = value  # type: ignore[call-overload]

    # -- calls -------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: Namespace) -> Value:
        arguments = [
            self.value(each.value if isinstance(each, ast.Starred) else each, scope) for each in node.args
        ]
        keywords = {each.arg or "": self.value(each.value, scope) for each in node.keywords}
        call = Call(arguments=arguments, keywords=keywords, place=Place(scope.path, node.lineno))
        if isinstance(node.func, ast.Attribute):
            return self._call_method(self.value(node.func.value, scope), node.func.attr, call, scope)
        return self._call_value(self.value(node.func, scope), call, scope)

    def _call_method(self, owner: Value, name: str, call: Call, scope: Namespace) -> Value:
        if isinstance(owner, Reader):
            return call_of_reader(owner, name, call, self._interpreter.record)
        if isinstance(owner, (Ref, Namespace)):
            if owner in (Ref("globals"), Ref("vars")):
                return UNKNOWN
            return self._call_value(self.attribute(owner, name), call, scope)
        return self._call_known(owner, name, call)

    def _call_known(self, owner: Value, name: str, call: Call) -> Value:
        """A method of text, a list, a dict or a path."""
        known: Any = plain(owner)
        parts = (owner, *call.arguments, *call.keywords.values())
        if known is None or (known is UNKNOWN and isinstance(owner, Tracked)):
            self._interpreter.need(owner)
            separator = plain(call.argument(0, default=" ")) if name == "split" else ""
            return Tracked(UNKNOWN, reads_of(*parts), str(separator))
        if isinstance(known, UrlConfig):
            if name == "update":
                known.extra.update({k: v for k, v in call.keywords.items() if k})
            return None
        if isinstance(known, PurePosixPath):
            if name in _PATH_SAME:
                return known.joinpath(*map(str, map(plain, call.arguments)))
            return getattr(known, name)(*map(plain, call.arguments)) if name in _PATH_METHODS else UNKNOWN
        if isinstance(known, str) and name in _TEXT_METHODS:
            return self._text_method(known, name, owner, call)
        if (isinstance(known, list) and name in _LIST_METHODS) or (
            isinstance(known, dict) and name in _DICT_METHODS
        ):
            return self._container_method(known, name, call)
        return tracked(UNKNOWN, *parts)

    def _text_method(self, known: str, name: str, owner: Value, call: Call) -> Value:
        arguments = [plain(each) for each in call.arguments]
        keywords = {key: plain(each) for key, each in call.keywords.items() if key}
        if UNKNOWN in arguments or _opaque(arguments) or _opaque(keywords.values()):
            return tracked(UNKNOWN, owner, *call.arguments)
        result = getattr(known, name)(*arguments, **keywords)
        reads = reads_of(owner, *call.arguments)
        separator = str(arguments[0] if arguments else " ") if name == "split" else ""
        return Tracked(result, reads, separator) if reads else result

    def _container_method(self, known: Any, name: str, call: Call) -> Value:
        arguments = list(call.arguments)
        if name == "extend" and not isinstance(plain(arguments[0]), (list, tuple)):
            return None
        if name in {"extend", "update"}:
            arguments = [plain(each) for each in arguments]
        if name in {"get", "setdefault", "pop"}:
            arguments[0] = _key(arguments[0])
            return known.get(*arguments[:2]) if name != "setdefault" else known.setdefault(*arguments)
        made = getattr(known, name)(*arguments)
        return list(made) if name in {"items", "keys", "values"} else made

    def _call_value(self, called: Value, call: Call, scope: Namespace) -> Value:
        if isinstance(called, Reader):
            return call_of_reader(called, "", call, self._interpreter.record)
        if isinstance(called, Function):
            keywords = dict(call.keywords)
            return self._interpreter.call(called, call.arguments, keywords)
        if isinstance(called, Namespace):
            return self._instance(called)
        if isinstance(called, Ref):
            return self._call_ref(called.dotted, call, scope)
        return tracked(UNKNOWN, *call.arguments, *call.keywords.values())

    def _instance(self, made_of: Namespace) -> Value:
        """An object of one of the project's classes: its class's names."""
        return made_of

    def _call_ref(self, dotted: str, call: Call, scope: Namespace) -> Value:
        if dotted in {"globals", "locals", "vars"}:
            return scope.values
        if dotted in _CASTS:
            return self._cast(dotted, call)
        first: Any = plain(call.argument(0, default=UNKNOWN))
        if dotted in _BOOLEANS:
            return tracked(
                cast_text(first, "bool")[0] if isinstance(first, str) else UNKNOWN, call.arguments[0]
            )
        if dotted == "map" and len(call.arguments) == 2:
            return call.arguments[1]
        if dotted in _PATHS:
            parts = [str(each) for each in map(plain, call.arguments) if each is not UNKNOWN]
            return PurePosixPath(normpath(str(PurePosixPath(*parts)))) if parts else ROOT
        if dotted.startswith("os.path."):
            return self._os_path(dotted.removeprefix("os.path."), call)
        made = call_of_ref(dotted, call, self._interpreter.record)
        if made is UNKNOWN:
            return tracked(UNKNOWN, *call.arguments, *call.keywords.values())
        return made

    def _cast(self, name: str, call: Call) -> Value:
        if not call.arguments:
            return (
                dict(call.keywords) if name == "dict" else [] if name in {"list", "tuple", "set"} else UNKNOWN
            )
        value = call.arguments[0]
        known: Any = plain(value)
        if known is None and name in {"int", "float"}:
            self._interpreter.need(value)
        if known is UNKNOWN or _opaque([known]):
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
        tree = self._interpreter.tree
        if not path.is_relative_to(ROOT):
            return False
        relative = path.relative_to(ROOT).as_posix()
        return tree.has(relative) or any(each.startswith(f"{relative}/") for each in tree.paths)

    # -- pydantic-settings and environs' prefixes --------------------------------------------------------

    def is_settings_class(self, bases: tuple[Value, ...]) -> bool:
        """Whether a class reads its fields from the environment."""
        for base in bases:
            if isinstance(base, Ref) and base.dotted.endswith(".BaseSettings"):
                return True
            if isinstance(base, Namespace) and self.is_settings_class(base.bases):
                return True
        return False

    def settings_class(self, statement: ast.ClassDef, body: Namespace) -> None:
        """The fields of a pydantic-settings class, each a variable."""
        prefix = self._prefix(statement, body)
        for each in statement.body:
            if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
                continue
            if each.target.id in {"model_config", "Config"}:
                continue
            name = f"{prefix}{each.target.id}".upper()
            default: Value = MISSING if each.value is None else UNKNOWN
            if each.value is not None:
                name, default = self._field(each.value, name, body)
            cast = ast.unparse(each.annotation).partition("[")[0].rpartition(".")[2].lower()
            read = Read(name=name, place=Place(body.path, each.lineno), default=default, cast=_pydantic(cast))
            body.values[each.target.id] = self._interpreter.record(read)

    def _field(self, node: ast.expr, name: str, body: Namespace) -> tuple[str, Value]:
        """The variable and the default of `Field(...)`, or of a plain default."""
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Field"):
            return name, self.value(node, body)
        keywords = {each.arg: each.value for each in node.keywords}
        for key in ("validation_alias", "alias", "env"):
            if key in keywords and isinstance(alias := plain(self.value(keywords[key], body)), str):
                name = alias.upper()
        if "default_factory" in keywords:
            return name, UNKNOWN
        given = node.args[0] if node.args else keywords.get("default")
        value = MISSING if given is None else self.value(given, body)
        return name, MISSING if value is ... else value

    def _prefix(self, statement: ast.ClassDef, body: Namespace) -> str:
        for node in ast.walk(statement):
            if isinstance(node, ast.keyword) and node.arg == "env_prefix":
                return str(plain(self.value(node.value, body)))
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "env_prefix":
                return str(plain(self.value(node.value, body)))
        return ""

    def prefix_of(self, node: ast.expr, scope: Namespace) -> tuple[Reader, str] | None:
        """`with env.prefixed("SHOP_")`: the reader and the prefix."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=owner, attr="prefixed"), args=[ast.Constant(value=str(text))]
            ):
                reader = self.value(owner, scope)
                return (reader, text) if isinstance(reader, Reader) else None
        return None


def _pydantic(cast: str) -> str:
    return {"list": "json", "dict": "json", "set": "json", "tuple": "json", "str": ""}.get(cast, cast)


def _key(value: Value) -> Any:
    known = plain(value)
    return known if isinstance(known, (str, int, tuple, PurePosixPath)) else str(known)


def _opaque(values: Any) -> bool:
    """Whether any is no plain value, or holds something unknown."""
    return any(
        each is UNKNOWN or isinstance(each, (Ref, Reader, UrlConfig, Namespace, Function)) for each in values
    )


def _small(value: Value) -> Value:
    """Text or a list out of all proportion is not worth keeping."""
    known = plain(value)
    if (isinstance(known, str) and len(known) > MAX_TEXT) or (
        isinstance(known, (list, tuple)) and len(known) > MAX_ITEMS
    ):
        return UNKNOWN
    return value
