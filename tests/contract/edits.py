"""Random edits of the bookstore that leave it a program, most of them one that starts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from devenv.changes import ChangeKind, PathChange
from devenv.reload.reactions import Rules, react

STANDARD_MODULES = ("colorsys", "wave", "not_there", "fractions", "statistics", "graphlib", "cmd")
SETTINGS, URLS = "bookstore/settings.py", "bookstore/urls.py"
APPS = ("catalog", "orders", "reports", "bookstore")
NOT_EDITED = ("migrations", "tests", "witness", "__init__.py", "manage.py")


@dataclass(frozen=True)
class Edit:
    """One save: what is written and removed, and a sentence for whoever reads of a difference."""

    sentence: str
    files: dict[str, str] = field(default_factory=dict)
    removals: tuple[str, ...] = ()


class Author:
    """Edits a tree of texts, and knows what it added."""

    def __init__(self, root: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._number = 0
        suffixes = (".py", ".html")
        self.texts = {
            path.relative_to(root).as_posix(): path.read_text()
            for path in sorted(root.rglob("*"))
            if path.suffix in suffixes
        }
        self._original = dict(self.texts)
        self._kinds: tuple[Callable[[], Edit], ...] = (
            self._function, self._function, self._constant, self._constant, self._standard_import,
            self._new_module, self._new_module_unseen, self._import_of_new_module, self._deletion,
            self._rename, self._package_of_module, self._shadow, self._model_method, self._model_meta,
            self._url, self._setting, self._serializer, self._template, self._new_template, self._test,
            self._undo, self._syntax_error,
        )  # fmt: skip

    def edit(self) -> Edit:
        """The next edit, taken into `texts`."""
        self._number += 1
        edit = self._random.choice(self._kinds)()
        for path in edit.removals:
            del self.texts[path]
        self.texts.update(edit.files)
        return edit

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

    def _append(self, path: str, text: str, sentence: str) -> Edit:
        return Edit(f"{path}: {sentence}", {path: self.texts[path] + text})

    def _replace(self, path: str, old: str, new: str, sentence: str) -> Edit:
        text = self.texts[path]
        return Edit(f"{path}: {sentence}", {path: text.replace(old, new, 1) if old in text else text + "\n"})

    def _function(self) -> Edit:
        return self._append(self._module(), f"\n\ndef probe():\n    return {self._number}\n", "a function")

    def _constant(self) -> Edit:
        return self._append(self._module(), f"\nPROBE = {self._number}\n", "a constant")

    def _standard_import(self) -> Edit:
        name = self._random.choice(STANDARD_MODULES)
        guarded = f"\ntry:\n    import {name}\nexcept ImportError:\n    {name} = None\n"
        return self._append(self._module(), guarded, f"import {name}, if it is there")

    def _new_module(self) -> Edit:
        app, name = self._random.choice(APPS), f"extra_{self._number}"
        importer = self._module()
        return Edit(
            f"{app}/{name}.py is new, and {importer} imports it",
            {
                f"{app}/{name}.py": f"VALUE = {self._number}\n",
                importer: self.texts[importer] + f"\nfrom {app} import {name}\n",
            },
        )

    def _new_module_unseen(self) -> Edit:
        path = f"{self._random.choice(APPS)}/extra_{self._number}.py"
        return Edit(f"{path} is new", {path: f"VALUE = {self._number}\n"})

    def _import_of_new_module(self) -> Edit:
        name = self._random.choice(self._added() or ["catalog/isbn.py"])[: -len(".py")].replace("/", ".")
        return self._append(self._module(), f"\nimport {name}\n", f"import {name}")

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

    def _model_method(self) -> Edit:
        following = "    @property\n    def in_stock"
        method = f'    def __str__(self) -> str:\n        return "{self._number} " + self.title\n\n'
        return self._replace("catalog/models.py", following, method + following, "Book.__str__")

    def _model_meta(self) -> Edit:
        now, then = '["title"]', '["-title"]'
        text = self.texts["catalog/models.py"]
        old, new = (now, then) if now in text else (then, now)
        return self._replace("catalog/models.py", f"ordering = {old}", f"ordering = {new}", "Book's order")

    def _url(self) -> Edit:
        view = (
            "\n\nfrom django.http import HttpResponse\n\n"
            f'urlpatterns.insert(0, path("probe/", lambda request: HttpResponse("{self._number}")))\n'
        )
        return self._append(URLS, view, "another /probe/")

    def _setting(self) -> Edit:
        size = self._random.randint(1, 20)
        return self._append(SETTINGS, f'\nREST_FRAMEWORK["PAGE_SIZE"] = {size}\n', f"pages of {size}")

    def _serializer(self) -> Edit:
        text = (
            f"\n\nBookSerializer.to_representation = lambda self, book: "
            f'{{"id": book.pk, "edit": {self._number}}}\n'
        )
        return self._append("catalog/serializers.py", text, "what a book shows")

    def _template(self) -> Edit:
        path = self._random.choice([path for path in self.texts if path.endswith("index.html")])
        return self._append(path, f"<!-- {self._number} -->\n", "a comment")

    def _new_template(self) -> Edit:
        """One that Django looks for, did not find in the project, and found in its own folders."""
        path = "catalog/templates/admin/login.html"
        if path in self.texts:
            return Edit(f"{path} is gone", removals=(path,))
        return Edit(f"{path} is new", {path: f"a login of ours {self._number}\n"})

    def _test(self) -> Edit:
        return self._append(
            "catalog/tests/test_isbn.py", f"\nPROBE = {self._number}\n", "a constant of a test"
        )

    def _undo(self) -> Edit:
        changed = [path for path, text in self._original.items() if self.texts.get(path) != text]
        if not changed:
            return self._constant()
        path = self._random.choice(changed)
        return Edit(f"{path}: as it was", {path: self._original[path]})

    def _syntax_error(self) -> Edit:
        return self._append(self._module(), "\ndef broken(:\n", "a syntax error")
