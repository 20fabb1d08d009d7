"""Settings that each developer copies from an example.

`local_settings.py` is not committed, `local_settings.py.example` is, and the settings do not start without
the first: the README tells everybody to copy it, so it is proposed as a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from posixpath import basename, dirname, join

from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.known_packages import is_known
from devenv.detect.tree import Tree
from devenv.detect.values import Namespace, Value, plain
from devenv.detect.variables import SECRET

_HEADING = "# `devenv init`: what the example leaves to the developer"
_HEADING_OF_NONE = "# Made by `devenv init`: what each developer has for themselves"
_EXAMPLES = ("example", "sample", "template", "tmpl", "dist", "default", "skeleton")


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A Python file to make: `model` is the example that it comes from, "" where there is none."""

    path: str
    text: str
    model: str
    place: Place

    @property
    def finding(self) -> Finding:
        """Why it is made."""
        why = f"a copy of {self.model}: the settings do not start without it"
        return Finding(
            topic="file",
            value=self.path,
            why=why if self.model else "a SECRET_KEY, which the settings have from nowhere else",
            evidence=(self.place,),
            confidence=Confidence.LIKELY,
        )


def model_of(path: str, files: Tree) -> str:
    """The file beside it that says what it should be, "" where there is none."""
    name, folder = basename(path), dirname(path)
    stem, dot, ending = name.partition(".")
    names = {f"{stem}{mark}{word}{dot}{ending}" for mark in "._-" for word in _EXAMPLES}
    names |= {f"{word}{mark}{name}" for mark in "._-" for word in _EXAMPLES}
    names |= {f"{each}{mark}{word}" for each in (name, stem) for mark in "._-" for word in _EXAMPLES}
    return next((each for each in files.inside(folder) if basename(each) in names), "")


def copies_of(absent: Mapping[str, Place], files: Tree) -> tuple[Copy, ...]:
    """A copy of the example of every Python file that is asked for and not there."""
    return tuple(
        Copy(path=path, text=files.text(model), model=model, place=place)
        for path, place in absent.items()
        if path.endswith(".py") and (model := model_of(path, files))
    )


def with_key(optional: Mapping[str, Place], settings: Namespace, files: Tree) -> tuple[Copy, ...]:
    """The settings of each developer's own, where they may be missing and nothing else has a SECRET_KEY."""
    found = [(path, place) for path, place in optional.items() if path.endswith(".py")]
    if "SECRET_KEY" in settings.values or "INSTALLED_APPS" not in settings.values or not found:
        return ()
    path, place = found[0]
    model = model_of(path, files)
    text = files.text(model) if model else f'{_HEADING_OF_NONE}\nSECRET_KEY = "{SECRET}"\n'
    return (Copy(path=path, text=text, model=model, place=place),)


def with_copies(files: Tree, copies: Iterable[Copy]) -> Tree:
    """The tree as it is when they are made."""
    made = {copy.path: copy.text.encode() for copy in copies}
    if not made:
        return files

    def read(path: str) -> bytes:
        return made[path] if path in made else files.read(path)

    return Tree(tuple(sorted({*files.paths, *made})), read, files.tracked)


def filled_in(copy: Copy, values: Mapping[str, Value], settings: Namespace, login: Mapping[str, str]) -> Copy:
    """The copy with what its example leaves to the developer.

    values: what the copy says. settings: what comes of it. login: user and password of the service.
    """
    lines = list(_filled_in(values, settings, login))
    if not lines:
        return copy
    return replace(copy, text="\n".join((copy.text.rstrip(), "", _HEADING, *lines, "")))


def _filled_in(values: Mapping[str, Value], settings: Namespace, login: Mapping[str, str]) -> Iterator[str]:
    if plain(values.get("SECRET_KEY")) == "":
        yield f'SECRET_KEY = "{SECRET}"'
    if plain(values.get("DEBUG")) is False:
        yield "DEBUG = True"
    elif plain(values.get("ALLOWED_HOSTS")) == [] and plain(settings.values.get("DEBUG")) is False:
        yield 'ALLOWED_HOSTS = ["*"]'
    for name, value in values.items():
        known = plain(value)
        if name.startswith("DATABASE") and isinstance(known, dict):
            yield from _logins(name, known, login)


def _logins(name: str, entry: Mapping[Value, Value], login: Mapping[str, str]) -> Iterator[str]:
    """The user and password of a server's database that has none; of each where there are several."""
    for alias, inner in entry.items():
        if isinstance(known := plain(inner), dict):
            yield from _logins(f'{name}["{alias}"]', known, login)
    is_server = "HOST" in entry and "sqlite" not in str(plain(entry.get("ENGINE")))
    if is_server and plain(entry.get("USER")) == "":
        missing = [key for key in ("USER", "PASSWORD") if plain(entry.get(key)) in ("", None)]
        said = ", ".join(f'{key}="{login[key.lower()]}"' for key in missing)
        yield f"{name}.update({said})"


def missing_module(dotted: str, roots: Iterable[str], files: Tree) -> str:
    """The path that a module of one of the project's packages would have, "" where no package is there."""
    package, _, name = dotted.rpartition(".")
    for root in roots:
        folder = join(root, package.replace(".", "/")) if root not in {"", "."} else package.replace(".", "/")
        if package and files.has_folder(folder):
            return join(folder, f"{name}.py")
        path = join(root, f"{name}.py") if root not in {"", "."} else f"{name}.py"
        if not package and not is_known(name) and model_of(path, files):
            return path
    return ""
