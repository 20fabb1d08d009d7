"""Going through settings as Python would, with values instead of running: what they are, what they read.

Only the project's own modules are followed. A branch is taken where its test is known and both are where it
is not; what a doubtful branch reads is never required. Nothing here raises for what a project contains.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from posixpath import dirname, join

from devenv.detect.copies import missing_module
from devenv.detect.declared import Declarations
from devenv.detect.expressions import Expressions
from devenv.detect.finding import Place
from devenv.detect.ledger import Ledger
from devenv.detect.tree import Tree
from devenv.detect.values import (
    MISSING,
    UNKNOWN,
    Function,
    Namespace,
    Read,
    Reader,
    Ref,
    Tracked,
    Value,
    opaque,
    plain,
    reads_of,
    tracked,
)

MAX_DEPTH = 12
MAX_ROUNDS = 64
_IS_SETTINGS = re.compile(r"^(?!django\.).*\b(settings|conf|config|envs)\b")


class Stop(Exception):
    """The rest of a block does not run: return, raise (as `reads` are not set), break, continue."""

    def __init__(self, reads: Iterable[Read] = ()) -> None:
        super().__init__()
        self.reads = tuple(reads)


class Returned(Stop):
    """A function's value."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


@dataclass(slots=True)
class Interpreter:
    """Goes through modules, and writes down in `ledger` what they read."""

    ledger: Ledger
    modules: dict[str, Namespace | None] = field(default_factory=dict)
    missing: dict[str, Place] = field(default_factory=dict)  # imports of third-party packages
    firm: dict[str, Place] = field(default_factory=dict)  # those of them that are in no doubt
    unread: set[str] = field(default_factory=set)  # settings of packages, of which all names are taken
    used: set[str] = field(default_factory=set)  # the roots that modules were found in
    depth: int = 0
    _tests: list[Value] = field(default_factory=list)
    _unset: list[list[Read]] = field(default_factory=list)  # what handlers around here were called for
    _nowhere: dict[str, str] = field(default_factory=dict)  # what modules that are not there would be
    _reading: Expressions = field(init=False)
    _declarations: Declarations = field(init=False)

    def __post_init__(self) -> None:
        self._reading = Expressions(self.ledger, self)
        self._declarations = Declarations(self.ledger.record, self._reading.value)

    @classmethod
    def of(cls, tree: Tree, roots: tuple[str, ...], given: Mapping[str, str]) -> Interpreter:
        """With a ledger that is empty yet."""
        return cls(Ledger(tree, roots, dict(given)))

    # -- what readers and expressions ask for ------------------------------------------------------------

    def call(self, function: Function, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What a call of the project's own function comes to."""
        if self.depth >= MAX_DEPTH:
            return UNKNOWN
        scope = Namespace(function.home.name, function.home.path, dict(function.home.values))
        self._bind(function, arguments, keywords, scope)
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self._reading.value(function.node.body, scope)
            self.block(function.node.body, scope)
        except Returned as returned:
            return returned.value
        except Stop as stop:
            return Tracked(UNKNOWN, stop.reads) if stop.reads else UNKNOWN
        finally:
            self.depth -= 1
        return None

    def _bind(
        self, function: Function, arguments: Sequence[Value], keywords: Mapping[str, Value], scope: Namespace
    ) -> None:
        spec = function.node.args
        names = [each.arg for each in (*spec.posonlyargs, *spec.args)]
        defaults = [self._reading.value(each, function.home) for each in spec.defaults]
        scope.values.update(dict.fromkeys(names, UNKNOWN))
        scope.values.update(dict(zip(names[len(names) - len(defaults) :], defaults, strict=True)))
        for each, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            scope.values[each.arg] = self._reading.value(default, function.home) if default else UNKNOWN
        for extra in filter(None, (spec.vararg, spec.kwarg)):
            scope.values[extra.arg] = UNKNOWN
        scope.values.update(zip(names, arguments, strict=False))
        scope.values.update({name: value for name, value in keywords.items() if name})

    # -- modules -----------------------------------------------------------------------------------------

    def module(self, dotted: str) -> Namespace | None:
        """A module of the project, gone through once; None for any other. Its packages come before it."""
        if dotted in self.modules:
            return self.modules[dotted]
        if "." in dotted:
            self.module(dotted.rpartition(".")[0])
        if dotted in self.modules:  # its package has imported it
            return self.modules[dotted]
        if (path := self.path_of(dotted)) is None:
            self.modules[dotted] = None
            return None
        namespace = Namespace(dotted, path)
        self.modules[dotted] = namespace
        tree = self.ledger.tree.module(path)
        if tree is not None and self.depth < MAX_DEPTH:
            self.depth += 1
            try:
                self.block(tree.body, namespace)
            except (Stop, RecursionError):
                pass
            finally:
                self.depth -= 1
        return namespace

    def go_into(self, path: str, scope: Namespace) -> None:
        """A part of settings that is included: it goes on with the names of the whole, and adds to them."""
        tree = self.ledger.tree.module(path)
        if tree is None or self.depth >= MAX_DEPTH:
            return
        part = Namespace(scope.name, path, scope.values, scope.places)
        self.depth += 1
        try:
            self.block(tree.body, part)
        except (Stop, RecursionError):
            pass
        finally:
            self.depth -= 1

    def path_of(self, dotted: str) -> str | None:
        """The file of one of the project's modules."""
        relative = dotted.replace(".", "/")
        for root in self.ledger.roots:
            for candidate in (f"{relative}.py", f"{relative}/__init__.py"):
                path = join(root, candidate) if root not in {"", "."} else candidate
                if self.ledger.tree.has(path):
                    self.used.add(root)
                    return path
        return None

    def is_package(self, dotted: str) -> bool:
        """Whether the project has a folder for this package, be it without __init__.py."""
        relative = dotted.replace(".", "/")
        return any(self.ledger.tree.has_folder(join(root, relative)) for root in self.ledger.roots)

    # -- statements --------------------------------------------------------------------------------------

    def block(self, body: Sequence[ast.stmt], scope: Namespace) -> None:
        """Statement by statement."""
        for statement in body:
            self._statement(statement, scope)

    def _statement(self, statement: ast.stmt, scope: Namespace) -> None:
        method = getattr(self, f"_on_{type(statement).__name__.lower()}", None)
        if method is not None:
            method(statement, scope)

    def value(self, node: ast.expr, scope: Namespace) -> Value:
        """What an expression comes to among a module's names; whatever it reads is in doubt."""
        with self.ledger.doubtful():
            return self._reading.value(node, scope)

    def _value(self, node: ast.expr | None, scope: Namespace) -> Value:
        return None if node is None else self._reading.value(node, scope)

    def _on_assign(self, statement: ast.Assign, scope: Namespace) -> None:
        value = self._value(statement.value, scope)
        for target in statement.targets:
            self.assign(target, value, scope)

    def _on_annassign(self, statement: ast.AnnAssign, scope: Namespace) -> None:
        if statement.value is not None:
            self.assign(statement.target, self._value(statement.value, scope), scope)

    def _on_augassign(self, statement: ast.AugAssign, scope: Namespace) -> None:
        whole = ast.BinOp(left=_loaded(statement.target), op=statement.op, right=statement.value)
        self.assign(statement.target, self._value(ast.copy_location(whole, statement), scope), scope)

    def assign(self, target: ast.expr, value: Value, scope: Namespace) -> None:
        """Bind a name, the parts of a tuple, or an item of a dict that is known."""
        match target:
            case ast.Name(id=name):
                scope.values[name] = value
                scope.places[name] = Place(scope.path, target.lineno)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                several = plain(value)
                known = isinstance(several, (list, tuple)) and len(several) == len(parts)
                for index, part in enumerate(parts):
                    item = several[index] if known else UNKNOWN  # type: ignore[index]
                    self.assign(part, tracked(item, value), scope)
            case ast.Subscript(value=owner, slice=key):
                self._reading.set_item(self._value(owner, scope), self._value(key, scope), value)
            case ast.Attribute(value=owner, attr=name):
                holder = self._value(owner, scope)
                several = plain(value)
                if isinstance(holder, Namespace):
                    holder.values[name] = value
                elif isinstance(holder, Reader) and name == "prefix" and isinstance(several, str):
                    holder.prefix[:] = [several]
                elif (holder, name) == (Ref("sys"), "path") and isinstance(several, list):
                    self.ledger.add_roots(*several)

    def _on_expr(self, statement: ast.Expr, scope: Namespace) -> None:
        self._value(statement.value, scope)

    def _on_return(self, statement: ast.Return, scope: Namespace) -> None:
        raise Returned(self._value(statement.value, scope))

    def _on_raise(self, statement: ast.Raise, scope: Namespace) -> None:  # noqa: ARG002
        self.ledger.need(*self._nearest_unset())
        unset = self._unset[-1] if self._unset and not self.ledger.doubt else []
        for read in unset:
            self.ledger.required.setdefault(read.name, read.place)
        raise Stop(unset)

    def _nearest_unset(self) -> tuple[Value, ...]:
        """The nearest of the tests around that looks at a variable which nobody sets."""
        for test in reversed(self._tests):
            if any(read.name not in self.ledger.given for read in reads_of(test)):
                return (test,)
        return ()

    def _on_break(self, statement: ast.stmt, scope: Namespace) -> None:  # noqa: ARG002
        raise Stop

    _on_continue = _on_break

    def _on_functiondef(self, statement: ast.FunctionDef | ast.AsyncFunctionDef, scope: Namespace) -> None:
        scope.values[statement.name] = Function(statement, scope)
        scope.places[statement.name] = Place(scope.path, statement.lineno)

    _on_asyncfunctiondef = _on_functiondef

    def _on_classdef(self, statement: ast.ClassDef, scope: Namespace) -> None:
        bases = tuple(self._value(base, scope) for base in statement.bases)
        body = Namespace(statement.name, scope.path, dict(scope.values), {}, bases)
        if self._declarations.is_settings_class(bases):
            self._declarations.settings_class(statement, body)
        else:
            with suppress(Stop):
                self.block(statement.body, body)
        body.inherit()
        scope.values[statement.name] = body
        scope.places[statement.name] = Place(scope.path, statement.lineno)

    def _on_if(self, statement: ast.If, scope: Namespace) -> None:
        test = self._value(statement.test, scope)
        known = plain(test)
        self._tests.append(test)
        try:
            if known is UNKNOWN:
                for branch in (statement.body, statement.orelse):
                    self._perhaps(branch, scope)
            else:
                self.block(statement.body if known else statement.orelse, scope)
        finally:
            self._tests.pop()

    def _perhaps(self, body: Sequence[ast.stmt], scope: Namespace) -> None:
        """A block that may not run."""
        with self.ledger.doubtful(), suppress(Stop):
            self.block(body, scope)

    def _on_try(self, statement: ast.Try, scope: Namespace) -> None:
        """What a try block reads is required only where its handlers raise again."""
        forgiving = any(not _raises(handler.body) for handler in statement.handlers)
        ledger = self.ledger
        before, missed = len(ledger.reads), ledger.missed
        ledger.doubt += forgiving
        stop: Stop | None = None
        try:
            self.block(statement.body, scope)
        except Stop as stopped:
            stop = stopped
        finally:
            ledger.doubt -= forgiving
        unset = [
            read
            for read in self.ledger.reads[before:]
            if read.default is MISSING and read.name not in self.ledger.given
        ]
        failed = (
            unset or self.ledger.missed > missed or any(self._fails(each, scope) for each in statement.body)
        )
        if stop and not (forgiving and unset):  # where a variable is not set it did not come as far as that
            raise stop
        if forgiving and failed:
            self._unset.append(unset)
            try:
                for handler in statement.handlers:
                    self.block(handler.body, scope)
            finally:
                self._unset.pop()
        else:
            self.block(statement.orelse, scope)
        self.block(statement.finalbody, scope)

    def _fails(self, statement: ast.stmt, scope: Namespace) -> bool:
        """Whether it imports a module of the project that is not there."""
        if not isinstance(statement, ast.ImportFrom) or not statement.level:
            return False
        name = self._absolute(statement, scope)
        return self.path_of(name) is None and not self.is_package(name)

    def _on_with(self, statement: ast.With, scope: Namespace) -> None:
        values = [self._value(item.context_expr, scope) for item in statement.items]
        prefixes = [self._reading.prefix_of(item.context_expr, scope) for item in statement.items]
        for item, value in zip(statement.items, values, strict=True):
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, scope)
        entered = [each for each in prefixes if each]
        for reader, prefix in entered:
            reader.prefix.append(prefix)
        try:
            self.block(statement.body, scope)
        finally:
            for reader, _ in entered:
                reader.prefix.pop()

    def _on_for(self, statement: ast.For, scope: Namespace) -> None:
        items = plain(self._value(statement.iter, scope))
        if not isinstance(items, (list, tuple)) or len(items) > MAX_ROUNDS:
            self.assign(statement.target, UNKNOWN, scope)
            self._perhaps(statement.body, scope)
            return
        for item in items:
            self.assign(statement.target, item, scope)
            try:
                self.block(statement.body, scope)
            except Returned:
                raise
            except Stop:
                break

    def _on_while(self, statement: ast.While, scope: Namespace) -> None:
        self._perhaps(statement.body, scope)

    def _on_match(self, statement: ast.Match, scope: Namespace) -> None:
        subject = plain(self._value(statement.subject, scope))
        for case in statement.cases:
            fits = UNKNOWN if case.guard else self._fits(case.pattern, subject, scope)
            if fits is True:
                self.block(case.body, scope)
                return
            if fits is UNKNOWN:
                self._perhaps(case.body, scope)

    def _fits(self, pattern: ast.pattern, subject: Value, scope: Namespace) -> Value:
        """Whether a value is what a case asks for; UNKNOWN for what only running tells."""
        match pattern:
            case ast.MatchAs(pattern=None):
                return True
            case _ if subject is UNKNOWN or not isinstance(subject, (str, int, bool, type(None))):
                return UNKNOWN
            case ast.MatchOr(patterns=several):
                each = [self._fits(one, subject, scope) for one in several]
                return True if True in each else UNKNOWN if UNKNOWN in each else False
            case ast.MatchSingleton(value=wanted):
                return subject is wanted
            case ast.MatchValue(value=node):
                known = plain(self._value(node, scope))
                return UNKNOWN if known is UNKNOWN or opaque([known]) else known == subject
        return UNKNOWN

    # -- imports -----------------------------------------------------------------------------------------

    def _on_import(self, statement: ast.Import, scope: Namespace) -> None:
        for alias in statement.names:
            first = alias.name.partition(".")[0]
            found = self.module(alias.name)
            if found is None and not self.is_package(first):
                self._bring(first, Place(scope.path, statement.lineno))
            if found is None and not self.is_package(alias.name):
                self._miss_module(alias.name, statement, scope)
            if alias.asname:
                scope.values[alias.asname] = found or Ref(alias.name)
            else:
                scope.values[first] = self.module(first) or Ref(first)

    def _on_importfrom(self, statement: ast.ImportFrom, scope: Namespace) -> None:
        name = self._absolute(statement, scope)
        found = self.module(name)
        if found is None and not self.is_package(name.partition(".")[0]):
            self._bring(name.partition(".")[0], Place(scope.path, statement.lineno))
        if found is None and not self.is_package(name):
            self._miss_module(name, statement, scope)
        for alias in statement.names:
            if alias.name == "*":
                self._note_unread(name, found)
                self._import_all(found, scope)
                continue
            inner = self.module(f"{name}.{alias.name}")
            if found is not None and alias.name in found.values:
                value: Value = found.values[alias.name]
            elif inner is not None:
                value = inner
            else:
                value = Ref(f"{name}.{alias.name}") if found is None else UNKNOWN
            scope.values[alias.asname or alias.name] = value
            if found is not None and alias.name in found.places:
                scope.places[alias.asname or alias.name] = found.places[alias.name]

    def _bring(self, module: str, place: Place) -> None:
        """A module that a package has to bring is imported."""
        self.missing.setdefault(module, place)
        if not self.ledger.doubt:
            self.firm.setdefault(module, place)

    def _miss_module(self, name: str, statement: ast.stmt, scope: Namespace) -> None:
        """An import of a module that a package of the project should have."""
        if name not in self._nowhere:
            self._nowhere[name] = missing_module(name, self.ledger.roots, self.ledger.tree)
        if path := self._nowhere[name]:
            self.ledger.miss(path, Place(scope.path, statement.lineno))

    def _note_unread(self, name: str, found: Namespace | None) -> None:
        """All names of a package's settings are taken; a module that the project lacks is another matter."""
        if found is None and _IS_SETTINGS.search(name) and not self.is_package(name.partition(".")[0]):
            self.unread.add(name)

    def _import_all(self, found: Namespace | None, scope: Namespace) -> None:
        if found is None or found is scope:
            return
        chosen = plain(found.values.get("__all__"))
        for name, value in found.values.items():
            if name in chosen if isinstance(chosen, (list, tuple)) else not name.startswith("_"):
                scope.values[name] = value
                if name in found.places:
                    scope.places[name] = found.places[name]

    def _absolute(self, statement: ast.ImportFrom, scope: Namespace) -> str:
        if not statement.level:
            return statement.module or ""
        package = scope.name.split(".")
        is_package = scope.path.endswith("__init__.py")
        package = package[: len(package) - statement.level + is_package]
        return ".".join([*package, *([statement.module] if statement.module else [])])


def _loaded(target: ast.expr) -> ast.expr:
    """The target of `+=` as something that is read."""
    match target:
        case ast.Name(id=name):
            return ast.copy_location(ast.Name(id=name, ctx=ast.Load()), target)
        case ast.Subscript(value=owner, slice=key):
            return ast.copy_location(ast.Subscript(value=owner, slice=key, ctx=ast.Load()), target)
        case ast.Attribute(value=owner, attr=name):
            return ast.copy_location(ast.Attribute(value=owner, attr=name, ctx=ast.Load()), target)
    return target


def _raises(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(each, ast.Raise) for each in body)


def folder_of(path: str) -> str:
    """The folder of a file, "." for the root."""
    return dirname(path) or "."
