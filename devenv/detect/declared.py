"""Variables that a class declares: pydantic-settings."""

from __future__ import annotations

import ast
from collections.abc import Callable

from devenv.detect.finding import Place
from devenv.detect.ledger import Evaluate
from devenv.detect.values import MISSING, UNKNOWN, Namespace, Read, Ref, Value, plain

_JSON = {"list": "json", "dict": "json", "set": "json", "tuple": "json", "str": ""}


class Declarations:
    """Reads the fields of settings classes. record: is told of each; value: of expressions."""

    def __init__(self, record: Callable[[Read], Value], value: Evaluate) -> None:
        self._record = record
        self._value = value

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
            read = Read(
                name=name, place=Place(body.path, each.lineno), default=default, cast=_JSON.get(cast, cast)
            )
            body.values[each.target.id] = self._record(read)

    def _field(self, node: ast.expr, name: str, body: Namespace) -> tuple[str, Value]:
        """The variable and the default of `Field(...)`, or of a plain default."""
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Field"):
            return name, self._value(node, body)
        keywords = {each.arg: each.value for each in node.keywords}
        for key in ("validation_alias", "alias", "env"):
            if key in keywords and isinstance(alias := plain(self._value(keywords[key], body)), str):
                name = alias.upper()
        if "default_factory" in keywords:
            return name, UNKNOWN
        given = node.args[0] if node.args else keywords.get("default")
        value = MISSING if given is None else self._value(given, body)
        return name, MISSING if value is ... else value

    def _prefix(self, statement: ast.ClassDef, body: Namespace) -> str:
        for node in ast.walk(statement):
            if isinstance(node, ast.keyword) and node.arg == "env_prefix":
                return str(plain(self._value(node.value, body)))
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "env_prefix":
                return str(plain(self._value(node.value, body)))
        return ""
