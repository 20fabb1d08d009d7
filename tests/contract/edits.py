"""Random edits of a Django project that leave it a program, most of them one that starts."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devenv.changes import ChangeKind, PathChange
from devenv.reload.reactions import Rules, react

STANDARD_MODULES = ("colorsys", "wave", "not_there", "fractions", "statistics", "graphlib", "cmd")
NOT_EDITED = ("migrations", "tests", "witness", "__init__.py", "manage.py", "conftest.py")
NOT_READ = {"node_modules", "static", "staticfiles", ".git", ".venv"}
OPEN_CLASSES = ("View", "ViewSet", "Serializer", "Admin", "Form", "Api", "Mixin", "Config", "Page", "Model")
"""Classes whose bases end so take another attribute; an Enum or a NamedTuple might not."""
MODEL_CLASSES = ("Model", "Page")


@dataclass(frozen=True)
class Edit:
    """One save: what is written and removed, and a sentence for whoever reads of a difference."""

    sentence: str
    files: dict[str, str] = field(default_factory=dict)
    removals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ground:
    """Where the project has its settings and its URLs."""

    settings: str
    urls: str


class Author:
    """Edits a tree of texts, and knows what it added."""

    def __init__(self, root: Path, seed: int, ground: Ground) -> None:
        self._random = random.Random(seed)
        self._number = 0
        self._ground = ground
        self.texts = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(root.rglob("*"))
            if path.suffix in (".py", ".html") and NOT_READ.isdisjoint(path.relative_to(root).parts)
        }
        self._original = dict(self.texts)
        self._folders = tuple(
            sorted({path.rpartition("/")[0] for path in self._modules() if self._is_package(path)})
        )
        self._apps = tuple(folder for folder in self._folders if f"{folder}/models.py" in self.texts)
        self._templates = tuple(path for path in self.texts if path.endswith(".html"))
        self.kinds: tuple[Callable[[], Edit], ...] = (
            self._function, self._constant, self._body, self._body, self._body, self._attribute,
            self._standard_import, self._new_module, self._new_module_unseen, self._import_of_new_module,
            self._deletion, self._rename, self._package_of_module, self._shadow, self._model_method,
            self._model_field, self._receiver, self._url, self._setting, self._new_app, self._template,
            self._new_template, self._undo, self._undo, self._several, self._syntax_error,
        )  # fmt: skip

    def edit(self) -> Edit:
        """The next edit, taken into `texts`."""
        before = dict(self.texts)
        self._number += 1
        edit = self._random.choice(self.kinds)()
        self._take(edit)
        return Edit(
            edit.sentence,
            {
                path: text
                for path, text in self.texts.items()
                if before.get(path) != text or path in edit.files
            },
            tuple(path for path in before if path not in self.texts),
        )

    def _take(self, edit: Edit) -> None:
        for path in edit.removals:
            del self.texts[path]
        self.texts.update(edit.files)

    def reactions(self, edit: Edit, before: set[str]) -> tuple[tuple[str, str], ...]:
        """What the host would tell of `edit`; `before`: the paths that existed."""
        changes = [
            PathChange(path, ChangeKind.MODIFIED if path in before else ChangeKind.CREATED)
            for path in edit.files
        ] + [PathChange(path, ChangeKind.DELETED) for path in edit.removals]
        return tuple((str(react(change, Rules()).kind), change.path) for change in changes)

    def heal(self) -> Edit:
        """Back to the texts of the beginning."""
        changed = {path: text for path, text in self._original.items() if self.texts.get(path) != text}
        added = tuple(path for path in self.texts if path not in self._original)
        self.texts = dict(self._original)
        return Edit("everything as it was", changed, added)

    def _is_package(self, path: str) -> bool:
        return f"{path.rpartition('/')[0]}/__init__.py" in self.texts

    def _modules(self) -> list[str]:
        return [
            path
            for path in self.texts
            if path.endswith(".py") and "/" in path and not any(part in path for part in NOT_EDITED)
        ]

    def _added(self) -> list[str]:
        return [path for path in self._modules() if path not in self._original]

    def _module(self) -> str:
        return self._random.choice(self._modules())

    def append(self, path: str, text: str, sentence: str) -> Edit:
        return Edit(f"{path}: {sentence}", {path: self.texts[path] + text})

    def replace(self, path: str, old: str, new: str, sentence: str) -> Edit:
        text = self.texts[path]
        return Edit(f"{path}: {sentence}", {path: text.replace(old, new, 1) if old in text else text + "\n"})

    def _function(self) -> Edit:
        return self.append(self._module(), f"\n\ndef probe():\n    return {self._number}\n", "a function")

    def _constant(self) -> Edit:
        return self.append(self._module(), f"\nPROBE = {self._number}\n", "a constant")

    def _body(self) -> Edit:
        """A statement more in a function, the most usual edit of all."""
        path = self._module()
        places = [node for node in _nodes(self.texts[path]) if isinstance(node, ast.FunctionDef)]
        return self._insert(path, places, [f"_probe = {self._number}"]) or self._constant()

    def _attribute(self) -> Edit:
        path = self._module()
        places = list(_classes(self.texts[path], OPEN_CLASSES))
        return self._insert(path, places, [f"probe_{self._number} = {self._number}"]) or self._function()

    def _model_method(self) -> Edit:
        path, places = self._models()
        lines = [f"def probe_{self._number}(self):", f"    return {self._number}", ""]
        return self._insert(path, places, lines) or self._constant()

    def _model_field(self) -> Edit:
        """No table has it, so what asks that model fails; in the same way."""
        path, places = self._models()
        lines = [f"probe_{self._number} = __import__('django').db.models.IntegerField(null=True)"]
        return self._insert(path, places, lines) or self._constant()

    def _models(self) -> tuple[str, list[ast.FunctionDef | ast.ClassDef]]:
        path = self._random.choice([f"{app}/models.py" for app in self._apps])
        return path, list(_classes(self.texts.get(path, ""), MODEL_CLASSES))

    def _insert(
        self, path: str, places: Sequence[ast.FunctionDef | ast.ClassDef], lines: list[str]
    ) -> Edit | None:
        """`lines` as the first of one of `places`, None where there is none."""
        places = [node for node in places if node.body[0].lineno > node.lineno]
        if not places:
            return None
        node = self._random.choice(places)
        first = node.body[0]
        decorators = getattr(first, "decorator_list", [])
        line = min([first.lineno, *(each.lineno for each in decorators)]) - 1
        if isinstance(first, ast.Expr) and len(node.body) > 1 and first.end_lineno is not None:
            line = first.end_lineno  # a docstring stays one
        rows = self.texts[path].split("\n")
        rows[line:line] = [" " * first.col_offset + text if text else "" for text in lines]
        return Edit(f"{path}: {lines[0]} in {node.name}", {path: "\n".join(rows)})

    def _receiver(self) -> Edit:
        path = self._module()
        text = (
            "\nfrom django.db.models.signals import post_save as _post_save\n"
            f'_post_save.connect(lambda **_: None, weak=False, dispatch_uid="probe {self._number}")\n'
        )
        return self.append(path, text, "a receiver of post_save")

    def _standard_import(self) -> Edit:
        name = self._random.choice(STANDARD_MODULES)
        guarded = f"\ntry:\n    import {name}\nexcept ImportError:\n    {name} = None\n"
        return self.append(self._module(), guarded, f"import {name}, if it is there")

    def _new_module(self) -> Edit:
        folder, name = self._random.choice(self._folders), f"extra_{self._number}"
        importer = self._module()
        return Edit(
            f"{folder}/{name}.py is new, and {importer} imports it",
            {
                f"{folder}/{name}.py": f"VALUE = {self._number}\n",
                importer: self.texts[importer] + f"\nfrom {folder.replace('/', '.')} import {name}\n",
            },
        )

    def _new_module_unseen(self) -> Edit:
        path = f"{self._random.choice(self._folders)}/extra_{self._number}.py"
        return Edit(f"{path} is new", {path: f"VALUE = {self._number}\n"})

    def _import_of_new_module(self) -> Edit:
        name = self._random.choice(self._added() or [self._ground.urls])[: -len(".py")].replace("/", ".")
        return self.append(self._module(), f"\nimport {name}\n", f"import {name}")

    def _deletion(self) -> Edit:
        """The import stays: the app may be broken by it, and must be so in the same way."""
        added = self._added()
        if not added:
            return self._new_module_unseen()
        path = self._random.choice(added)
        return Edit(f"{path} is gone", removals=(path,))

    def _rename(self) -> Edit:
        added = self._added()
        if not added:
            return self._new_module()
        old = self._random.choice(added)
        new = f"{old.rpartition('/')[0]}/extra_{self._number}.py"
        before, after = old.rpartition("/")[2][:-3], f"extra_{self._number}"
        importers = {
            path: text.replace(before, after)
            for path, text in self.texts.items()
            if before in text and path != old
        }
        return Edit(f"{old} is now {new}", {**importers, new: self.texts[old]}, (old,))

    def _package_of_module(self) -> Edit:
        added = [path for path in self._added() if not path.endswith("__init__.py")]
        if not added:
            return self._new_module()
        path = self._random.choice(added)
        return Edit(f"{path} becomes a package", {f"{path[:-3]}/__init__.py": self.texts[path]}, (path,))

    def _shadow(self) -> Edit:
        path = f"{self._random.choice(STANDARD_MODULES)}.py"
        if path in self.texts:
            return Edit(f"{path} is gone", removals=(path,))
        return Edit(f"{path} shadows the standard library's", {path: f"OURS = {self._number}\n"})

    def _url(self) -> Edit:
        view = (
            "\n\nfrom django.http import HttpResponse\nfrom django.urls import path\n\n"
            f'urlpatterns.insert(0, path("probe/", lambda request: HttpResponse("{self._number}")))\n'
        )
        return self.append(self._ground.urls, view, "another /probe/")

    def _setting(self) -> Edit:
        lines = (
            f"PROBE_SETTING = {self._number}",
            f'LANGUAGE_CODE = "{self._random.choice(["de", "fr", "en-us"])}"',
            f'TIME_ZONE = "{self._random.choice(["Europe/Berlin", "UTC", "Asia/Tokyo"])}"',
        )
        line = self._random.choice(lines)
        return self.append(self._ground.settings, f"\n{line}\n", line)

    def _new_app(self) -> Edit:
        name = f"probe_app_{self._number}"
        model = (
            "from django.db import models\n\n\nclass Probe(models.Model):\n    name = models.TextField()\n"
        )
        settings = self.texts[self._ground.settings] + f'\nINSTALLED_APPS = [*INSTALLED_APPS, "{name}"]\n'
        files = {f"{name}/__init__.py": "", f"{name}/models.py": model, self._ground.settings: settings}
        return Edit(f"{name} is a new app", files)

    def _template(self) -> Edit:
        """A comment: what inherits from another template may say nothing else."""
        there = [path for path in self._templates if path in self.texts]
        if not there:
            return self._new_template()
        return self.append(self._random.choice(there), f"<!-- {self._number} -->\n", "a comment")

    def _new_template(self) -> Edit:
        """One that Django looks for, did not find in the project, and found in its own folders."""
        path = f"{self._apps[0]}/templates/admin/login.html"
        if path in self.texts:
            return Edit(f"{path} is gone", removals=(path,))
        return Edit(f"{path} is new", {path: f"a login of ours {self._number}\n"})

    def _undo(self) -> Edit:
        changed = [path for path, text in self._original.items() if self.texts.get(path) != text]
        if not changed:
            return self._constant()
        path = self._random.choice(changed)
        return Edit(f"{path}: as it was", {path: self._original[path]})

    def _several(self) -> Edit:
        """What a branch switch or a formatter does: more than one file in one save."""
        sentences: list[str] = []
        written: set[str] = set()
        for _ in range(3):
            edit = self._random.choice(self.kinds[:-2])()
            self._take(edit)
            sentences.append(edit.sentence)
            written |= edit.files.keys()
        return Edit(" & ".join(sentences), {path: self.texts[path] for path in written if path in self.texts})

    def _syntax_error(self) -> Edit:
        return self.append(self._module(), "\ndef broken(:\n", "a syntax error")


def _nodes(text: str) -> Iterator[ast.AST]:
    try:
        return ast.walk(ast.parse(text))
    except SyntaxError:
        return iter(())


def _classes(text: str, endings: tuple[str, ...]) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in _nodes(text):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith(endings) for base in node.bases):
            yield node
