"""Where a project's packages come from, and in which versions.

What devenv.yaml has no word for (poetry.lock, Pipfile, setup.cfg, nothing at all) becomes a requirements
file of its own, EXPORT, which says what it was made from.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from posixpath import basename, dirname, join, normpath
from typing import Any, Literal

from devenv.detect.companions import Companion, companions
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.locks import EXPORTERS, Export, built_for, load_toml, required_by, table_of
from devenv.detect.tree import Tree, is_utf_16

EXPORT = "requirements.devenv.txt"
MADE = "# Made by `devenv init`"
_DEVELOPMENT = ("local", "dev", "develop", "devel", "development")
_USUAL = ("base", "common", "requirements", "main", "prod", "production", "all")
_NOT_FOR_DEVELOPMENT = frozenset(("prod", "production", "deploy", "deployment", "docs", "doc", "ci", "lint"))
_USUAL_FOLDER = "requirements"
_OF_OTHER_THINGS = frozenset(("doc", "docs", "test", "tests", "example", "examples", "demo"))
_INCLUDE = re.compile(r"(?:-r\s*=?\s*|--requirement[ =])(?P<path>\S+)")
_OLD_INDEX = r"(-i|--index-url)[ =]\S+//pypi\.[\w.]+/simple/?$"  # the usual one, by whatever name it had
_OF_WINDOWS = r"(py(piwin|win)32|twisted[-_]iocpsupport|pywinpty|windows[-_]curses)\b"
_OWN = (  # a folder that the list is in: its project itself
    r"(?:-e\s*|--editable[ =]\s*)?(?:file:)?(\.{1,2}(?:/\.{1,2})*)/?(?:\[[^]]*\])?(?:\s|$)"
)
_LEFT_OUT = rf"pkg[-_]resources==0\.0\.0|{_OWN}|{_OF_WINDOWS}|{_OLD_INDEX}"
_UNUSABLE = (
    (r"pkg[-_]resources==0\.0\.0", "has pkg-resources, which is no package"),
    (r"[\w.-]+(\[[^]]*\])?\s*@\s*file:", "names a file of its author's machine"),
    (_OLD_INDEX, "names the usual index, which keeps a mirror from being used"),
    (_OWN, "installs the project itself"),
    (rf"{_OF_WINDOWS}(?!.*;)", "has packages of Windows"),
)
_BRING_DJANGO = frozenset(("wagtail", "saleor", "mezzanine", "channels", "edx-platform"))
Imported = Callable[[], Mapping[str, str]]
Named = Callable[[], Iterable[str]]
_FOR_OLD = re.compile(
    r";.*\bpython_(?:full_)?version\s*<=?\s*[\"']?(?:2|3\.[0-8])\b"
)  # its version decides nothing
_LISTED = re.compile(r"[A-Za-z0-9][\w.-]*(\[[^]]*\])?\s*([=<>~!]=?.*|@.*|;.*|#.*)?$|-")
_PACKAGE = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[(?P<extras>[^]]*)\])?\s*(?P<spec>[^;#]*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependencies:
    """`files`: paths from the root. `packages`: version by normalised name, "" where none is said.

    `wheels`: of packages that are built for each Python, the Pythons ("cp313") that a lock has wheels for.
    """

    kind: Literal["uv", "requirements", "none"]
    folder: str
    files: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    wheels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    export: str = ""
    groups: tuple[str, ...] = ()  # of uv, where those that are taken by themselves do not do
    extras: tuple[str, ...] = ()
    finding: Finding


def find_dependencies(
    files: Tree, folders: Iterable[str], imported: Imported, named: Named, needed: Named = tuple
) -> Dependencies:
    """The dependencies in the first of the folders that has any.

    imported: asked for a project that names no versions; the packages that its code imports, version by name.
    named: asked for one that has extras; the packages to which modules of the code's imports might belong.
    needed: asked for one that has groups; the packages that its settings cannot do without.
    """
    folders = tuple(folders)
    for folder in folders:
        if (
            found := _uv(files, folder, named, needed)
            or _requirements_if_used(files, folder)
            or _export(files, folder, imported)
        ):
            return found
    elsewhere = _where_dockerfiles_look(files, folders)
    if elsewhere and (found := _requirements(files, dirname(elsewhere[0]), elsewhere)):
        return found
    return _from_imports(folders[0], imported())


def normalised(name: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _uv(files: Tree, folder: str, named: Named, needed: Named) -> Dependencies | None:
    lock, project = join(folder, "uv.lock"), join(folder, "pyproject.toml")
    if not (files.has(lock) and files.has(project)):
        return None
    packages: dict[str, str] = {}
    wheels: dict[str, frozenset[str]] = {}
    for each in _tables(load_toml(files.text(lock)).get("package")):
        name = normalised(str(each.get("name", "")))
        packages[name] = str(each.get("version", ""))
        if pythons := _built_for(each.get("wheels")):
            wheels[name] = wheels.get(name, frozenset()) | pythons
        elif not each.get("wheels") and _calls_c(each):
            wheels[name] = frozenset()
        extras = each.get("optional-dependencies")
        for extra in extras if isinstance(extras, dict) else ():
            packages.setdefault(f"{name}[{extra}]", "")
    if "django" not in packages:
        return None
    finding = Finding(
        topic="dependencies",
        value="uv",
        why=f"uv.lock, Django {packages['django']}",
        evidence=(Place(normpath(lock)), Place(normpath(project))),
    )
    content = load_toml(files.text(project))
    return Dependencies(
        kind="uv",
        folder=folder,
        files=(normpath(project), normpath(lock)),
        packages=packages,
        wheels=wheels,
        groups=_groups_with_django(content) or _groups_needed(content, needed),
        extras=_extras_needed(content, named),
        finding=finding,
    )


def _extras_needed(content: Mapping[str, Any], named: Named) -> tuple[str, ...]:
    """The extras that bring what the code imports and nothing else of the project does."""
    project = table_of(content, "project")
    extras = {name: _names(said) for name, said in table_of(project, "optional-dependencies").items()}
    if not any(extras.values()):
        return ()
    wanted = {normalised(name.partition("[")[0]) for name in named()}
    wanted -= _names(project.get("dependencies"))
    return tuple(
        name for name, packages in extras.items() if wanted & packages and name not in _NOT_FOR_DEVELOPMENT
    )


def _groups_with_django(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The groups to install where a library has its Django in one of them: that one, and dev."""
    if "django" in _names(table_of(content, "project").get("dependencies")):
        return ()
    groups = table_of(content, "dependency-groups")
    with_django = [name for name, said in groups.items() if "django" in _names(said)]
    if not with_django or "dev" in with_django:
        return ()
    return (*(name for name in groups if name == "dev"), with_django[0])


def _groups_needed(content: Mapping[str, Any], needed: Named) -> tuple[str, ...]:
    """Dev, and the groups that bring what the settings need and nothing else does."""
    groups = {name: _names(said) for name, said in table_of(content, "dependency-groups").items()}
    if not groups.keys() - {"dev"}:
        return ()
    wanted = {normalised(name.partition("[")[0]) for name in needed()}
    wanted -= _names(table_of(content, "project").get("dependencies")) | groups.get("dev", set())
    found = tuple(
        name
        for name, packages in groups.items()
        if wanted & packages and name not in _NOT_FOR_DEVELOPMENT | {"dev"}
    )
    return (*(name for name in groups if name == "dev"), *found) if found else ()


def _names(lines: object) -> set[str]:
    texts = [each for each in lines if isinstance(each, str)] if isinstance(lines, list) else []
    return {name for line in texts for name, _ in _package(line)}


def _calls_c(package: Mapping[str, object]) -> bool:
    """Whether what comes as source only has something to compile: it is bound to C by cffi."""
    return "sdist" in package and any(
        each.get("name") == "cffi" for each in _tables(package.get("dependencies"))
    )


def _built_for(wheels: object) -> frozenset[str]:
    """The Pythons of a package's wheels, as uv.lock has them; none where one of them serves every Python."""
    return built_for(str(each.get("url", "")).rpartition("/")[2] for each in _tables(wheels))


def _tables(value: object) -> Iterator[Mapping[str, object]]:
    yield from (each for each in (value if isinstance(value, list) else ()) if isinstance(each, dict))


# -- requirements files ----------------------------------------------------------------------------------


def _requirements_if_used(files: Tree, folder: str) -> Dependencies | None:
    """Requirements files, unless a lock stands beside them that the Dockerfile installs from."""
    chosen = _choose(files, folder)
    if not chosen:
        return None
    if any(files.has(join(folder, name)) for name in ("poetry.lock", "Pipfile.lock")):
        dockerfiles = [path for path in files.paths if "Dockerfile" in basename(path)]
        texts = [files.text(path) for path in dockerfiles]
        locked = any(re.search(r"poetry install|pipenv (install|sync)", text) for text in texts)
        if locked or not any("requirements" in text for text in texts):
            return None
    return _requirements(files, folder, chosen)


def _requirements(files: Tree, folder: str, chosen: tuple[str, ...]) -> Dependencies | None:
    """What these lists ask for; nothing where they are none of a Django project."""
    packages = dict(_packages(files, chosen))
    if not any("django" in name or name in _BRING_DJANGO for name in packages):
        return None
    if troubles := list(_troubles(files, chosen)):
        return _mended(files, chosen, folder, troubles)
    version = packages.get("django", "")
    beside = companions(packages)
    return Dependencies(
        kind="requirements",
        folder=folder,
        files=(*chosen, *([normpath(join(folder, EXPORT))] if beside else [])),
        packages=packages,
        export=_beside(beside, files, chosen[-1]),
        finding=Finding(
            topic="dependencies",
            value=", ".join(chosen),
            why="; ".join(
                (f"Django {version}" if version else "requirements files", *(each.why for each in beside))
            ),
            evidence=tuple(map(Place, chosen)),
            confidence=Confidence.CERTAIN if "django" in packages else Confidence.GUESS,
        ),
    )


def _where_dockerfiles_look(files: Tree, folders: tuple[str, ...]) -> tuple[str, ...]:
    """The lists elsewhere: in any folder that a Dockerfile takes them in from, else in requirements/."""
    lists = [path for path in files.paths if "/" in path and _is_list(path)]
    dockerfiles = [path for path in files.paths if "Dockerfile" in basename(path)]
    named = {_home(path) for path in lists if any(_takes_in(files, each, path) for each in dockerfiles)}
    usual = (path for path in lists if basename(dirname(path)) == _USUAL_FOLDER)
    others = {_home(path) for path in usual if not {*path.split("/")} & _OF_OTHER_THINGS}
    nearest = sorted(others - named, key=lambda folder: (folder.count("/"), folder))
    asked = (folder for folder in (*sorted(named), *nearest) if folder not in folders)
    chosen = (_choose(files, folder) for folder in asked)
    return next((each for each in chosen if "django" in dict(_packages(files, each))), ())


def _is_list(path: str) -> bool:
    return _is_requirements(basename(path)) or (
        path.endswith(".txt") and basename(dirname(path)) == _USUAL_FOLDER
    )


def _home(path: str) -> str:
    """The folder that a list is looked for in: the one above `requirements/`."""
    folder = dirname(path)
    return (dirname(folder) or ".") if basename(folder) == _USUAL_FOLDER else folder


def _takes_in(files: Tree, dockerfile: str, path: str) -> bool:
    """Whether a Dockerfile names a list, as seen from the root or from its own folder."""
    own = f"{dirname(dockerfile)}/"
    names = {path, path.removeprefix(own)}
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?!\w)", files.text(dockerfile)) for name in names)


def written_down(files: Tree, paths: tuple[str, ...]) -> Dependencies:
    """What requirements files say that devenv.yaml names, one of them perhaps made by `devenv init`."""
    made = next((path for path in paths if basename(path) == EXPORT), "")
    text = files.text(made) if made else ""
    source = re.match(rf"{MADE} from (\S+) \(", text)
    folder = dirname(made) or "."
    evidence = (Place(normpath(join(folder, source[1]))),) if source else ()
    return Dependencies(
        kind="requirements",
        folder=folder,
        files=paths,
        export=text,
        finding=Finding(topic="dependencies", value=", ".join(paths), evidence=evidence),
    )


def _beside(lines: Iterable[Companion], files: Tree, path: str) -> str:
    """A file that is installed with the project's own, "" where there is nothing to hold back."""
    said = "".join(f"\n# {each.why}\n{each.line}\n" for each in lines)
    digest = hashlib.sha256(files.read(path)).hexdigest()[:12]
    return f"{MADE} for {basename(path)} ({digest}), beside which it is installed.\n{said}" if said else ""


def installed_beside(found: Dependencies, lines: tuple[Companion, ...], files: Tree) -> Dependencies:
    """The same with packages that its own files do not list."""
    if found.kind != "requirements" or not lines:
        return found
    said = "".join(f"\n# {each.why}\n{each.line}\n" for each in lines)
    path = normpath(join(found.folder, EXPORT))
    names = {name: "" for each in lines for name, _ in _package(each.line)}
    return replace(
        found,
        files=found.files if found.export else (*found.files, path),
        export=f"{found.export.rstrip()}\n{said}" if found.export else _beside(lines, files, found.files[-1]),
        packages={**names, **found.packages},
        finding=replace(
            found.finding, why="; ".join(filter(None, (found.finding.why, *(each.why for each in lines))))
        ),
    )


def _choose(files: Tree, folder: str) -> tuple[str, ...]:
    """The file for development with what it builds upon, else the usual one."""
    here = [path for path in files.inside(folder) if _is_requirements(basename(path))]
    below = [path for path in files.inside(join(folder, _USUAL_FOLDER)) if path.endswith(".txt")]
    candidates = [path for path in (*below, *here) if basename(path) != EXPORT]
    candidates = candidates or [path for path in files.inside(folder) if _reads_like_one(files, path)]
    development = [path for path in candidates if _word(path) in _DEVELOPMENT]
    usual = sorted(
        (path for path in candidates if _word(path) in _USUAL), key=lambda path: _USUAL.index(_word(path))
    )
    root = [path for path in usual if basename(path) in {"requirements.txt", "requirements.lock"}]
    if not development:
        return tuple((root or usual or _with_django(files, candidates))[:1])
    first = min(development, key=lambda path: _DEVELOPMENT.index(_word(path)))
    if root and {*dict(_packages(files, (first,)))} < {*dict(_packages(files, root[:1]))}:
        return (root[0],)  # written by `pip freeze` after the one that people keep fell behind
    beside = ([path for path in usual if dirname(path) == dirname(first)] or root)[:1]
    if root and "django" not in dict(_packages(files, (*beside, first))):
        beside = root[:1]
    if any(_INCLUDE.match(text) for _, text in files.lines(first)) or _has_all(files, first, beside):
        return (first,)
    return tuple(beside) if _contradict(files, first, beside) else (*beside, first)


def _contradict(files: Tree, path: str, usual: list[str]) -> bool:
    """Whether two lists pin a package at different versions, so that they are not installed together."""
    own, others = (dict(_packages(files, paths)) for paths in ((path,), usual))
    return any(own[name] and others[name] and own[name] != others[name] for name in own.keys() & others)


def _has_all(files: Tree, path: str, usual: list[str]) -> bool:
    """Whether a list stands alone: it has Django, and most of what the usual one has."""
    own, others = ({*dict(_packages(files, paths))} for paths in ((path,), usual))
    return "django" in own and 2 * len(own & others) >= len(others)


def _with_django(files: Tree, paths: list[str]) -> list[str]:
    """Those that name Django first, where no name tells what a file is for."""
    return sorted(paths, key=lambda path: "django" not in dict(_packages(files, (path,))))


def _is_requirements(name: str) -> bool:
    is_list = name.endswith(".txt") and ("requirements" in name or name in {"reqs.txt", "deps.txt"})
    return is_list or re.fullmatch(r"requirements(-dev)?\.lock", name) is not None  # as rye writes them


def _reads_like_one(files: Tree, path: str) -> bool:
    """Whether a text of any name, such as req.txt, is a list of packages with Django among them."""
    if not path.endswith(".txt") or basename(path) == EXPORT:
        return False
    lines = [text for _, text in files.lines(path) if text and not text.startswith("#")]
    return any(re.match(r"(?i)django\b", text) for text in lines) and all(map(_LISTED.match, lines))


def _word(path: str) -> str:
    """The word of a file's name that tells what it is for."""
    name = basename(path).removesuffix(".txt").removesuffix(".lock")
    words = [each for each in re.split(r"[-_.]", name) if each not in {"requirements", "reqs"}]
    return words[-1] if words else "requirements"


def _packages(files: Tree, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names and versions of the files and of what they include."""
    for path in included(files, paths):
        for _, text in files.lines(path):
            if text and not text.startswith(("#", "-")):
                yield from _package(text)


def _package(text: str) -> Iterator[tuple[str, str]]:
    if match := _PACKAGE.match(text):
        name = normalised(match["name"])
        version = resolved_version(match["spec"]) if name == "django" else pinned_version(match["spec"])
        version = "" if name != "django" and _FOR_OLD.search(text) else version
        yield name, version
        for extra in filter(None, (match["extras"] or "").split(",")):
            yield f"{name}[{extra.strip()}]", ""
            if extra.strip() == "binary":
                yield f"{name}-binary", version


def pinned_version(specifier: str) -> str:
    """The version that a specifier pins, "" where it leaves it open; `==2.*` does."""
    match = re.search(r"===?\s*v?(\d[\w.]*)(?![\w.]*\*)", specifier)
    return match[1] if match and not match[1].endswith(".") else ""


def resolved_version(specifier: str) -> str:
    """The version of Django that a specifier comes to: a pin, a series, or what an upper bound leaves."""
    if pinned := pinned_version(specifier):
        return pinned
    if match := re.search(r"(?:==|~=)\s*v?(\d[\w.]*)", specifier):
        return match[1].rstrip(".")
    if match := re.search(r"<=\s*([\d][\w.]*)", specifier):
        return match[1]
    if match := re.search(r"<\s*(\d+)(?:\.(\d+))?", specifier):
        major, minor = int(match[1]), int(match[2] or 0)
        if minor:
            return f"{major}.{minor - 1}"
        return "1.11" if major == 2 else f"{major - 1}.2"  # Django's last of a series
    return ""


def included(files: Tree, paths: Iterable[str]) -> list[str]:
    """Requirements files and all that they include, each once."""
    asked = [normpath(path) for path in paths]
    for path in asked:  # grows while it is read
        for _, text in files.lines(path):
            if include := _INCLUDE.match(text):
                included = normpath(join(dirname(path), include["path"]))
                asked += [included] if included not in asked else []
    return asked


def _troubles(files: Tree, paths: Iterable[str]) -> Iterator[tuple[Place, str]]:
    """What no installer outside of its author's machine can use, with the reason."""
    for path in included(files, paths):
        if files.has(path) and is_utf_16(files.read(path)):
            yield Place(path), "is UTF-16"
        for line, text in files.lines(path):
            if reason := next((why for pattern, why in _UNUSABLE if re.match(pattern, text)), ""):
                yield Place(path, line), reason


def _mended(
    files: Tree, chosen: tuple[str, ...], folder: str, troubles: list[tuple[Place, str]]
) -> Dependencies:
    """The same packages in a file of its own, without what cannot be used."""
    lines = []
    for path in included(files, chosen):
        for _, text in files.lines(path):
            if not (text.startswith("#") or _INCLUDE.match(text) or re.match(_LEFT_OUT, text)):
                lines.append(re.sub(r"\s*@\s*file:\S+", "", text))
    listed = {name for line in lines for name, _ in _package(line)}
    wanted = _of_own_folders(files, chosen)
    lines += [line for line in wanted if not listed & {name for name, _ in _package(line)}]
    export = Export(tuple(filter(None, lines)), locked=True)
    first, why = troubles[0]
    made = _exported(export, first.file, folder, hashlib.sha256(files.read(first.file)).hexdigest()[:12])
    said = Finding(
        topic="dependencies",
        value=made.files[0],
        why=f"made from {', '.join(chosen)}, since {first.file} {why}",
        evidence=tuple(place for place, _ in troubles),
        confidence=Confidence.LIKELY,
    )
    return replace(made, finding=said)


def _of_own_folders(files: Tree, chosen: tuple[str, ...]) -> list[str]:
    """What the project's own packages need that the lists install from their folders."""
    found: list[str] = []
    for path in included(files, chosen):
        for _, text in files.lines(path):
            if said := re.match(_OWN, text):
                beside = (normpath(join(dirname(path), said[1])), normpath(said[1]))
                found += next(filter(None, (required_by(files, folder) for folder in beside)), ())
    return list(dict.fromkeys(found))


# -- what needs a requirements file of its own -----------------------------------------------------------


def _export(files: Tree, folder: str, imported: Imported) -> Dependencies | None:
    for name, read in EXPORTERS.items():
        path = normpath(join(folder, name))
        if files.has(path) and (export := read(files, folder)):
            export = export if export.locked else _completed(export, imported())
            return _exported(export, path, folder, hashlib.sha256(files.read(path)).hexdigest()[:12])
    return None


def _completed(export: Export, imported: Mapping[str, str]) -> Export:
    """The lines with the extras that bring what the code imports."""
    listed = {name for line in export.lines for name, _ in _package(line)}
    wanted = {normalised(name) for name in imported} - listed
    lines = list(export.lines)
    for extra in export.spare:
        if wanted & {name for line in extra for name, _ in _package(line)}:
            lines += [line for line in extra if line not in lines]
    return replace(export, lines=tuple(lines))


def _exported(export: Export, path: str, folder: str, digest: str) -> Dependencies:
    packages = {name: version for line in export.lines for name, version in _package(line)}
    made = (
        f"{MADE} from {basename(path)} ({digest}): devenv.yaml has no other word for it.\n"
        "# `devenv init --check` says when that file has changed, `devenv init` then makes this one anew.\n"
    )
    target = normpath(join(folder, EXPORT))
    return Dependencies(
        kind="requirements",
        folder=folder,
        files=(target,),
        packages=packages,
        wheels=export.wheels,
        export=made + "".join(f"{line}\n" for line in export.lines),
        finding=Finding(
            topic="dependencies",
            value=target,
            why=f"made from {basename(path)}{export.remark}",
            evidence=(Place(path),),
            confidence=Confidence.CERTAIN if export.locked else Confidence.LIKELY,
        ),
    )


def _from_imports(folder: str, missing: Mapping[str, str]) -> Dependencies:
    """A project that names no packages: what its settings and apps import."""
    lines = [
        f"{name}{version}" for name, version in sorted(missing.items(), key=lambda each: each[0].lower())
    ]
    target = normpath(join(folder, EXPORT))
    return Dependencies(
        kind="requirements",
        folder=folder,
        files=(target,),
        packages={name: version for line in lines for name, version in _package(line)},
        export=f"{MADE} from what the code imports: the project names no packages.\n"
        + "".join(f"{line}\n" for line in lines),
        finding=Finding(
            topic="dependencies",
            value=target,
            why="made from what the code imports, since no file names packages",
            confidence=Confidence.GUESS,
        ),
    )
