"""Expressions of settings -> values: constants, paths, dicts, and whatever variables take part in."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from devenv.detect.calls import Calls
from devenv.detect.finding import Place
from devenv.detect.ledger import Ledger, Walk
from devenv.detect.values import (
    ROOT,
    UNKNOWN,
    FileText,
    Function,
    IniFile,
    Namespace,
    Read,
    Reader,
    Ref,
    Tracked,
    UrlConfig,
    Value,
    key_of,
    opaque,
    plain,
    reads_of,
    tracked,
)

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
_ARGV = ["manage.py", "runserver"]  # as the settings see it in development, not in tests
_LOADED = Ref("sys.modules")
_FOR_TESTS = ("pytest", "unittest", "nose", "coverage")  # nobody has loaded these in development
MAX_TEXT = 10_000
MAX_NUMBER = 2**64
MAX_STEPS = 2_000_000  # far more than any settings take: it ends what would not end
MAX_ITEMS = 2_000


class Expressions:
    """Evaluates among the names of modules; walk: goes through others, and binds names."""

    def __init__(self, ledger: Ledger, walk: Walk) -> None:
        self._ledger = ledger
        self._walk = walk
        self._calls = Calls(ledger, walk, self.value, self.attribute)
        self._steps = 0

    def value(self, node: ast.expr, scope: Namespace) -> Value:
        """What an expression comes to; UNKNOWN where only running tells."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            return UNKNOWN
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            return self._any(node, scope)
        try:
            return _small(method(node, scope))
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
            return UNKNOWN

    def _any(self, node: ast.expr, scope: Namespace) -> Value:
        """Of a kind that is not followed: what it reads is still seen."""
        with self._ledger.doubtful():
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
            if key is None and inner == Ref("os.environ"):  # over what env files say
                self._ledger.take_in({str(k): v for k, v in made.items() if isinstance(v, str)})
                return inner
            if key is not None:
                made[key_of(self.value(key, scope))] = inner
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
        text = UNKNOWN if UNKNOWN in known or opaque(known) else "".join(map(str, known))
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
                with self._ledger.doubtful():
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
        nothing = [each for each in (left, right) if isinstance(each, Tracked) and each.value is None]
        if isinstance(node.op, ast.Mod):
            nothing = nothing if left in nothing else []  # "%s" takes anything
        if nothing:
            self._ledger.need(*nothing)
            return tracked(UNKNOWN, left, right)
        return self._operate(node.op, left, right)

    def _operate(self, kind: ast.AST, left: Value, right: Value) -> Value:
        known: list[Any] = [plain(left), plain(right)]
        if isinstance(known[0], PurePosixPath) and isinstance(kind, ast.Sub):  # environ.Path(__file__) - 2
            return known[0].parents[known[1] - 1]
        if isinstance(known[0], tuple) and isinstance(known[1], list):
            known[0] = list(known[0])
        if isinstance(known[0], list) and isinstance(known[1], tuple):
            known[1] = list(known[1])
        if UNKNOWN in known or opaque(known) or type(kind) not in _OPERATORS:
            kept = next((each for each in known if isinstance(each, list)), UNKNOWN)  # a list with more in it
            return tracked(kept if isinstance(kind, ast.Add) else UNKNOWN, left, right)
        if isinstance(kind, (ast.Mult, ast.Mod)) and not all(map(_is_number, known)) and _grows(known):
            return tracked(UNKNOWN, left, right)
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
            elif plain(right) == _LOADED and plain(left) in _FOR_TESTS:
                result = isinstance(kind, ast.NotIn)
            else:
                result = self._operate(kind, left, right)
            if plain(result) is not True:
                break
            left = right
        return result

    def _is_set(self, name: str, place: Place, wanted: bool) -> Value:
        """`"NAME" in os.environ`: the variable is known to be optional."""
        read = Read(name=name, place=place, default=None)
        self._ledger.reads.append(read)
        return Tracked((name in self._ledger.given) == wanted, (read,))

    def _ifexp(self, node: ast.IfExp, scope: Namespace) -> Value:
        if ast.dump(node.test) == ast.dump(node.body):  # `x if x else y` is `x or y`
            either = ast.BoolOp(op=ast.Or(), values=[node.body, node.orelse])
            return self._boolop(ast.copy_location(either, node), scope)
        test = self.value(node.test, scope)
        known = plain(test)
        if known is UNKNOWN:
            with self._ledger.doubtful():
                return tracked(UNKNOWN, self.value(node.body, scope), self.value(node.orelse, scope))
        return self.value(node.body if known else node.orelse, scope)

    def _namedexpr(self, node: ast.NamedExpr, scope: Namespace) -> Value:
        value = self.value(node.value, scope)
        self._walk.assign(node.target, value, scope)
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
            with self._ledger.doubtful():
                self._walk.assign(loop.target, UNKNOWN, inner)
                return tracked(UNKNOWN, over, self.value(node.elt, inner))
        made = []
        for item in items:
            self._walk.assign(loop.target, item, inner)
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
            return self._of_a_package(known, name)
        if isinstance(known, Namespace):
            if name in known.values:
                return known.values[name]
            return self._walk.module(f"{known.name}.{name}") or UNKNOWN
        if isinstance(known, PurePosixPath) and name in {"parent", "parents", "name", "stem"}:
            return tracked(getattr(known, name), owner)
        return UNKNOWN

    def _of_a_package(self, owner: Ref, name: str) -> Value:
        """What is known of Python's and Django's own."""
        if (owner.dotted, name) == ("sys", "argv"):
            return _ARGV.copy()
        if owner.dotted == "django.conf.settings":  # read by a part of them: as far as they have come
            whole = self._walk.modules.get(self._ledger.given.get("DJANGO_SETTINGS_MODULE", ""))
            if whole and name in whole.values:
                return whole.values[name]
        return Ref(f"{owner.dotted}.{name}")

    def _variable(self, name: Value, place: Place, owner: Value) -> Value:
        """`os.environ[...]`; nothing is known of a variable whose name is not."""
        known = plain(name)
        if not isinstance(known, str):
            return tracked(UNKNOWN, name)
        if isinstance(owner, Reader) and owner.kind == "file":
            self._ledger.of_files.setdefault(known, owner.path)
        return self._ledger.record(Read(name=known, place=place))

    def _subscript(self, node: ast.Subscript, scope: Namespace) -> Value:
        owner = self.value(node.value, scope)
        if isinstance(node.slice, ast.Slice):
            return tracked(UNKNOWN, owner)
        key = self.value(node.slice, scope)
        if owner == Ref("os.environ") or (isinstance(owner, Reader) and owner.kind in {"environ", "file"}):
            return self._variable(key, Place(scope.path, node.lineno), owner)
        if isinstance(owner, Ref) and owner.dotted == "sys.modules":
            return UNKNOWN
        if isinstance(owner, UrlConfig):
            return owner.extra.get(str(plain(key)), tracked(UNKNOWN, owner.url))
        container: Any = owner.sections if isinstance(owner, IniFile) else plain(owner)
        if container is UNKNOWN or isinstance(container, Ref):
            return tracked(UNKNOWN, owner, key)
        if container is None:
            self._ledger.need(owner)
        return tracked(container[key_of(key)], owner)

    def set_item(self, owner: Value, key: Value, value: Value) -> None:
        """`owner[key] = value`, where the owner is known."""
        container: Any = plain(owner)
        if owner == Ref("os.environ"):
            self._ledger.set_variable(key, value)
        elif isinstance(container, UrlConfig):
            container.extra[str(plain(key))] = value
        elif isinstance(container, dict):
            container[key_of(key)] = value
        elif isinstance(container, list) and isinstance(plain(key), int):
            container[plain(key)] = value  # type: ignore[call-overload]

    def _call(self, node: ast.Call, scope: Namespace) -> Value:
        return self._calls.call(node, scope)

    def prefix_of(self, node: ast.expr, scope: Namespace) -> tuple[Reader, str] | None:
        """`with env.prefixed("SHOP_")`: the reader and the prefix."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=owner, attr="prefixed"), args=[ast.Constant(value=str(text))]
            ):
                reader = self.value(owner, scope)
                return (reader, text) if isinstance(reader, Reader) else None
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _grows(operands: Sequence[object]) -> bool:
    """Whether `"x" * n` or `"%9999d" % n` would make something out of all proportion."""
    return any(isinstance(each, int) and abs(each) > MAX_ITEMS for each in operands) or any(
        isinstance(each, str) and re.search(r"%[^a-z%]*\d{4}", each) for each in operands
    )


def _small(value: Value) -> Value:
    """Text or a list out of all proportion is not worth keeping."""
    known = plain(value)
    if isinstance(known, FileText):
        return value
    if isinstance(known, int) and abs(known) > MAX_NUMBER:
        return UNKNOWN
    if (isinstance(known, str) and len(known) > MAX_TEXT) or (
        isinstance(known, (list, tuple)) and len(known) > MAX_ITEMS
    ):
        return UNKNOWN
    return value
