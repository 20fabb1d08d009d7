"""Settings that each developer copies from an example.

`local_settings.py` is not committed, `local_settings.py.example` is, and the settings do not start without
the first: the README tells everybody to copy it, so it is proposed as a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from posixpath import basename, dirname, join

from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.tree import Tree
from devenv.detect.variables import SECRET

_EXAMPLES = ("example", "sample", "template", "tmpl", "dist", "default", "skeleton")


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A Python file to make: `model` is the example that it comes from."""

    path: str
    text: str
    model: str
    place: Place

    @property
    def finding(self) -> Finding:
        """Why it is made."""
        return Finding(
            topic="file",
            value=self.path,
            why=f"a copy of {self.model}: the settings do not start without it",
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


def with_copies(files: Tree, copies: Iterable[Copy]) -> Tree:
    """The tree as it is when they are made."""
    made = {copy.path: copy.text.encode() for copy in copies}
    if not made:
        return files

    def read(path: str) -> bytes:
        return made[path] if path in made else files.read(path)

    return Tree(tuple(sorted({*files.paths, *made})), read)


def with_secret(copy: Copy) -> Copy:
    """The copy with a key where its example leaves that to the developer."""
    return Copy(
        path=copy.path,
        text=f'{copy.text.rstrip()}\n\nSECRET_KEY = "{SECRET}"  # `devenv init`: the example has none\n',
        model=copy.model,
        place=copy.place,
    )


def missing_module(dotted: str, roots: Iterable[str], files: Tree) -> str:
    """The path that a module of one of the project's packages would have, "" where no package is there."""
    package, _, name = dotted.rpartition(".")
    for root in roots:
        folder = join(root, package.replace(".", "/")) if root not in {"", "."} else package.replace(".", "/")
        if package and files.has_folder(folder):
            return join(folder, f"{name}.py")
        path = join(root, f"{name}.py") if root not in {"", "."} else f"{name}.py"
        if not package and model_of(path, files):
            return path
    return ""
