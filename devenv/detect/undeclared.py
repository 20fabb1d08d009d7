"""Packages that the settings need and no file lists.

A list of direct requirements leaves out what its packages bring, so a module that it lacks tells little: only
of packages that are seldom brought by others, and then as a guess. A frozen or locked list tells more.
To name what is brought anyway changes nothing: a guess is followed where nothing listed may be a fork.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from devenv.detect.companions import Companion
from devenv.detect.dependencies import Dependencies, included, normalised
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.known_packages import KNOWN, is_known, package_of
from devenv.detect.reading import Reading
from devenv.detect.tree import Tree

MIN_ALIKE = 3  # letters of a name that another may be made of
_OF_DJANGO = "sqlparse"  # what every Django has and nobody asks for: who lists it lists all
_ADDRESS = re.compile(r"\w://|^-e\b")  # of a package whose modules no name tells
_OTHERS = {  # that have it under a name of their own, or bring it
    "corsheaders": frozenset(("django-cors-middleware",)),
    "daphne": frozenset(("channels[daphne]",)),
}
_OF_TYPING = frozenset(
    ("mypy-extensions", "typing-extensions")
)  # whose name says nothing of django_extensions
_OFTEN_BROUGHT = frozenset(
    (
        "beautifulsoup4",
        "django-filter",
        "django-modelcluster",
        "django-mptt",
        "django-polymorphic",
        "django-taggit",
        "django-treebeard",
        "djangorestframework",
        "pillow",
        "psycopg2-binary",
        "pyjwt",
        "python-dateutil",
        "python-slugify",
        "pyyaml",
        "setuptools",
    )
)


def not_listed(reading: Reading, dependencies: Dependencies) -> Iterable[Finding]:
    """Packages whose modules the settings import or install as apps, and that no file lists."""
    if not dependencies.packages or dependencies.kind == "none":
        return
    listed = {name for each in dependencies.packages for name in (each, each.partition("[")[0])}
    evidence = dependencies.finding.evidence
    where = evidence[0].file if evidence else "the requirements"
    for module, place in reading.firm.items():
        if sure := _missing(module, listed):
            yield _finding(module, place, where, sure)


def unlisted(firm: Mapping[str, Place], dependencies: Dependencies, files: Tree) -> tuple[Companion, ...]:
    """What the lists lack and the settings cannot do without: it is installed beside them."""
    if dependencies.kind != "requirements" or not dependencies.packages:
        return ()
    listed = {name for each in dependencies.packages for name in (each, each.partition("[")[0])}
    lines = (text for path in included(files, dependencies.files) for _, text in files.lines(path))
    open_ended = any(_ADDRESS.search(re.sub(r"(^|\s)#.*", "", text)) for text in lines)
    found = {
        package_of(module): f"the settings need its {module} ({place}), and no file lists it"
        for module, place in firm.items()
        if (sure := _missing(module, listed))
        and (sure is Confidence.LIKELY or not (open_ended or _may_be_a_fork(listed, module)))
    }
    return tuple(Companion(package, why) for package, why in found.items())


def _may_be_a_fork(listed: Iterable[str], module: str) -> bool:
    """Whether one of the packages has a word of the module's name, as `drf-jwt` has of rest_framework_jwt."""
    words = set(module.lower().split("_")) - {"django", "rest", "framework", "py"}
    return any(words & set(name.split("-")) for name in listed)


def _missing(module: str, listed: Collection[str]) -> Confidence | None:
    """How sure it is that nothing brings the module; None where it may well be there."""
    name = normalised(package_of(module).partition("[")[0])
    if not is_known(module) or not name or name in listed or _may_bring(listed, module):
        return None
    if _OF_DJANGO in listed:
        return Confidence.LIKELY
    return None if name in _OFTEN_BROUGHT else Confidence.GUESS


def _finding(module: str, place: Place, where: str, sure: Confidence) -> Finding:
    package = package_of(module)
    perhaps = "" if sure is Confidence.LIKELY else ", unless another package brings it"
    return Finding(
        topic="open",
        value=f"{where} does not list {package.partition('[')[0]}",
        why=f"the settings need its {module}: add `{package}`{perhaps}",
        evidence=(place,),
        confidence=sure,
    )


def _may_bring(packages: Iterable[str], module: str) -> bool:
    """Whether one of the packages is named so that it may well have such a module."""
    if _OTHERS.get(module, frozenset()) & {*packages}:
        return True
    parts = re.sub(r"^(django|py)_?", "", module.lower()).split("_")
    others = (each for each in packages if each not in KNOWN and each not in _OF_TYPING)
    shown = [re.sub(r"-|^django-?|^py(thon-)?", "", each) for each in others]
    return any(
        all(part in each for part in parts) or (len(each) > MIN_ALIKE and each in "".join(parts))
        for each in shown
    )
