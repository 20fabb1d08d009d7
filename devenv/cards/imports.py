"""Imports that fail: a package that is not installed, a misspelt module, a missing library, an old one."""

from __future__ import annotations

import re
from dataclasses import replace

from devenv.cards.clues import Clues, is_own, nearest, own_frame
from devenv.cards.edits import add_entry, add_packages, set_day, set_key
from devenv.cards.libraries import library_package
from devenv.cards.old import removed_attribute, removed_module
from devenv.cards.traces import Raised
from devenv.config.environment import is_old
from devenv.detect.dependencies import EXPORT
from devenv.detect.known_packages import package_of
from devenv.errors import Card

_NOT_BY_NAME = {"pkg_resources": "setuptools<81"}
_NO_MODULE = re.compile(r"No module named '?([\w.]+)'?")


def missing_module(raised: Raised | None) -> str:
    """The dotted name of the module that an import did not find."""
    if raised is None:
        return ""
    found = _NO_MODULE.search(raised.message)
    return found[1] if found else ""


def needs_older_python(clues: Clues) -> Card | None:
    """Code for a Python that still had what it imports."""
    for raised in reversed(clues.chain):
        gone = removed_module(missing_module(raised)) or removed_attribute(raised.message)
        if gone is None:
            continue
        who = _importer(raised)
        own = own_frame(raised)
        mine = own is not None and raised.frames[-1:] == (own,)
        return Card(
            cause=f"{who} uses {gone.what}, which Python {gone.first_without} no longer has",
            evidence=clues.evidence(raised),
            next_step=(gone.instead if mine and gone.instead else f"take a newer version of {who}")
            + f", or the last Python that has it, {gone.last_with}",
            edit=set_key(clues.environment, "python", f'python: "{gone.last_with}"'),
        )
    return None


def _importer(raised: Raised) -> str:
    """The package, or the own file, that did the import."""
    last = raised.frames[-1].file if raised.frames else ""
    if found := re.search(r"/site-packages/([\w-]+)", last):
        return found[1]
    return "your code" if is_own(last) else "a package"


def misspelt_module(clues: Clues) -> Card | None:
    """A module of the project's own that is not there; or a name that is not in one."""
    raised = clues.raised("ModuleNotFoundError", "ImportError")
    if raised is None:
        return None
    name = missing_module(raised)
    tops = {each.partition(".")[0] for each in clues.modules}
    if name and name.partition(".")[0] in tops:
        likely = nearest(name, clues.modules)
        return _misspelt(clues, raised, f"there is no module `{name}`", likely)
    found = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", raised.message)
    if found and found[2].partition(".")[0] in tops and "partially initialized" not in raised.message:
        inside = [
            each.removeprefix(f"{found[2]}.") for each in clues.modules if each.startswith(f"{found[2]}.")
        ]
        return _misspelt(clues, raised, f"there is no `{found[1]}` in {found[2]}", nearest(found[1], inside))
    return None


def _misspelt(clues: Clues, raised: Raised, cause: str, likely: str) -> Card:
    return Card(
        cause=cause + (f"; did you mean `{likely}`?" if likely else ""),
        evidence=clues.evidence(raised),
        next_step="correct the name where it is used, or create the module",
    )


def circular_import(clues: Clues) -> Card | None:
    """Two modules that import each other."""
    raised = clues.raised("ImportError", "AttributeError")
    if raised is None or "partially initialized module" not in raised.message:
        return None
    return Card(
        cause="two modules import each other (a circular import)",
        evidence=clues.evidence(raised),
        next_step="import inside the function that needs it, or move what both need to a third module",
    )


def template_of_a_project(clues: Clues) -> Card | None:
    """A name that `startproject` or cookiecutter has not filled in."""
    raised = clues.raised("ModuleNotFoundError", "ImportError", "SyntaxError")
    if raised is None or not any("{{" in text for text in (raised.message, *clues.evidence(raised))):
        return None
    return Card(
        cause="this is the template of a project: its names are still to be filled in",
        evidence=clues.evidence(raised),
        next_step="make a project of it as its README says, with `django-admin startproject --template` "
        "or `cookiecutter`, and run `devenv init` there",
    )


_NO_METADATA = re.compile(r"(?:No package metadata was found for |The ')([\w.-]+)")
_INSTALL = "RUN SETUPTOOLS_SCM_PRETEND_VERSION=0.dev0 {} --no-deps --editable /app"


def own_metadata(clues: Clues) -> Card | None:
    """The project asks for its own version, which only a project that is installed has."""
    raised = clues.raised("PackageNotFoundError", "DistributionNotFound")
    found = _NO_METADATA.search(raised.message) if raised else None
    asking = own_frame(raised) if raised else None
    if raised is None or found is None or asking is None:
        return None
    parts = {*asking.file.split("/"), *(part for module in clues.modules for part in module.split("."))}
    if re.sub(r"[-.]", "_", found[1]).lower() not in parts:
        return None
    environment = clues.environment
    install = "pip install" if is_old(environment.python) else "uv pip install"
    line = _INSTALL.format(install)
    has_lines = bool(environment.app.dockerfile.get("dev"))
    return Card(
        cause=f"the project asks for the version of its own package {found[1]}, which is not installed",
        evidence=clues.evidence(raised),
        next_step=f"add to app.dockerfile.dev: {line}" if has_lines else "install it in the image",
        edit=None if has_lines else add_entry(environment, "app.dockerfile", f"dev: {line}"),
    )


def module_not_found(clues: Clues) -> Card | None:
    """A package that is imported, or installed as an app, and that no dependency file brings."""
    raised = clues.raised("ModuleNotFoundError", "ImportError")
    name = missing_module(raised)
    if raised is None and (raised := clues.raised("AttributeError", "ImproperlyConfigured")):
        name = _client_left_out(raised)
    top = name.partition(".")[0]
    package = _NOT_BY_NAME.get(top) or package_of(top)
    if raised is None or not package or clues.is_build:
        return None
    files = [file.path for file in clues.environment.app.dependencies.files]
    where = clues.host_path(files[0]) if files else "a requirements.txt that `app.dependencies` names"
    act = f"add {package} to {where}"
    if clues.environment.app.dependencies.kind == "uv":
        act = f"run `uv add {package}`"
    elif where.endswith(EXPORT):
        act = f"add {package} to what {where} was made from (its first line says so), `devenv init`"
    return Card(
        cause=f"the package {package} is not installed: there is no module `{name}`",
        evidence=clues.evidence(raised),
        next_step=f"{act}, then `devenv up`",
    )


def _client_left_out(raised: Raised) -> str:
    """The module of a client that Celery goes without until it needs it; "" where that is not it."""
    if told := re.search(r"You need to install the (redis|pymongo) library", raised.message):
        return told[1]
    last = raised.frames[-1].file if raised.frames else ""
    found = re.search(r"/site-packages/kombu/transport/(redis)\.py$", last)
    return found[1] if found and raised.message.startswith("'NoneType' object has no attribute") else ""


def version_mismatch(clues: Clues) -> Card | None:
    """A name or module that the installed version of a package has no longer, or not yet."""
    return _part_missing(clues) or _name_missing(clues)


def _part_missing(clues: Clues) -> Card | None:
    """A module inside of a package that is installed: its own code ran on the way there.

    Where Django goes on to say which setting names it, that is the better word.
    """
    told = clues.told.kind if clues.told else ""
    raised = None if told == "ImproperlyConfigured" else clues.raised("ModuleNotFoundError", "ImportError")
    name = missing_module(raised)
    top, dot, _ = name.partition(".")
    ran = any(f"/site-packages/{top}/" in frame.file for each in clues.chain for frame in each.frames)
    if raised is None or not dot or not ran:
        return None
    return _mismatch(clues, raised, top, name)


def _name_missing(clues: Clues) -> Card | None:
    raised = clues.raised("ImportError")
    found = (
        re.search(r"cannot import name '(\w+)' from '(\w+)[\w.]*' \(\S*/site-packages/", raised.message)
        if raised
        else None
    )
    if raised is None or found is None or "partially initialized" in raised.message:
        return None
    return _mismatch(clues, raised, found[2], found[1])


def _mismatch(clues: Clues, raised: Raised, module: str, wanted: str) -> Card:
    package = "Django" if module == "django" else package_of(module) or module
    last = raised.frames[-1].file if raised.frames else ""
    importer = _importer(raised)
    who = "your code" if is_own(last) or importer in {module, "django"} else importer  # a setting names it
    card = Card(
        cause=f"{who} expects another version of {package}: the installed one has no `{wanted}`",
        evidence=clues.evidence(raised),
        next_step=f"pin the version of {package} that {who} is written for, or bring {who} up to date",
    )
    return _dated(clues, card) or card


def _dated(clues: Clues, card: Card) -> Card | None:
    """The card with the day whose versions the code was written with; None where nobody knows one."""
    day = clues.find_day()
    if day is None:
        return None
    act = f"take the packages as of {day.day} ({day.why}), whose versions nothing pins"
    edit = set_day(clues.environment, str(day.day))
    return replace(card, next_step="; or ".join(filter(None, (act, card.next_step))), edit=edit)


def version_rot(clues: Clues) -> Card | None:
    """What an installed package raises while it is imported, its version being the newest of today."""
    raised = clues.told
    if clues.is_build or raised is None or not raised.frames or is_own(raised.frames[-1].file):
        return None
    importing = [frame for frame in raised.frames if frame.function == "<module>"]
    if not any("/site-packages/" in frame.file for frame in importing):
        return None
    last = raised.frames[-1]
    card = Card(
        cause=f"{_importer(raised)} fails while it is imported: {raised.text}",
        evidence=(f"{clues.shown(last)}  {last.code}".rstrip(), *clues.evidence(raised)[:-1]),
    )
    return _dated(clues, card)


_DRIVERS = {
    "psycopg2": "psycopg2-binary",
    "psycopg2 or psycopg": "psycopg[binary]",
    "MySQLdb": "mysqlclient",
    "psycopg": "psycopg[binary]",
}
_SPOKEN = (
    (r"Error loading (psycopg2 or psycopg|psycopg2|MySQLdb|psycopg) module", ""),
    (r"Cannot use ImageField because Pillow is not installed", "pillow"),
    (r"no pq wrapper available", "psycopg[binary]"),
)


def missing_driver(clues: Clues) -> Card | None:
    """Django's own words for a package that a setting or a field needs."""
    for pattern, package in _SPOKEN:
        if (found := clues.search(pattern)) is None:
            continue
        wanted = package or _DRIVERS[found[1]]
        files = clues.environment.app.dependencies.files
        where = clues.host_path(files[0].path) if files else "the dependencies"
        return Card(
            cause=f"the package {wanted.partition('[')[0]} is needed and not installed",
            evidence=(found.string.strip(),),
            next_step=f"add {wanted} to {where}, then `devenv up`",
        )
    return None


_LIBRARY = (
    r"(lib[\w.+-]+?\.so(?:\.\d+)*): cannot open shared object file",
    r"failed to find (libmagic)",
    r"cannot load library '([\w.+-]+)'",
    r"no library called \"([\w.+-]+)\" was found",
    r"Could not find the (GDAL|GEOS) library",
    r"Unable to load the (SpatiaLite) library",
    r"(mod_spatialite)\.so: cannot open",
    r"Unable to find (zbar) shared library",
    r"(libenchant|enchant).{0,20} C library was not found",
    r"(?i)couldn't find foreign library '?(lib[\w.+-]+)",
)


def missing_library(clues: Clues) -> Card | None:
    """A shared library that a package loads while it is imported."""
    for pattern in _LIBRARY:
        found = clues.search(pattern)
        if found is None:
            continue
        package = library_package(found[1])
        raised = clues.raised("ImportError", "OSError", "ImproperlyConfigured")
        where = clues.evidence(raised)[:-1] if raised else ()
        return Card(
            cause=f"a package needs the system's library {found[1]}, which the image has not",
            evidence=(*where, found.string.strip()),
            next_step="have it installed: devenv.yaml names Debian packages"
            if package
            else f"find the Debian package that has it (`apt-file search {found[1]}`) and name it",
            edit=add_packages(
                clues.environment, [package] if package else [f"<the package with {found[1]}>"]
            ),
        )
    return None
