"""Images that cannot be built: packages that cannot be found, fetched, resolved or compiled."""

from __future__ import annotations

import re

from devenv.cards.clues import Clues, shortened
from devenv.cards.edits import add_packages, set_key
from devenv.cards.libraries import BUILD
from devenv.cards.old import removed_module
from devenv.cards.own_lines import own_line
from devenv.detect.dependencies import EXPORT
from devenv.errors import Card, Edit

_PACKAGE = (
    r"Failed to build `([\w-]+)",
    r"Failed to download and build `([\w-]+)",
    r"Failed building wheel for ([\w-]+)",
    r"hint: .* for `([\w-]+)@",
    r"Building ([\w-]+)==",
    r"Collecting ([\w-]+)",
)
_NOTED = re.compile(r"\bnote: |\bwarning: |In file included from |^\s+from |^\s+\|")


def _package(clues: Clues) -> str:
    """The Python package that could not be built."""
    return next((found[1] for pattern in _PACKAGE if (found := clues.search(pattern))), "a package")


def missing_build_tool(clues: Clues) -> Card | None:
    """A header, library or tool of the system that compiling a package needs."""
    if not clues.is_build:
        return None
    for pattern, packages in BUILD:
        if found := _asked_for(clues, pattern):
            name = _package(clues)
            return Card(
                cause=f"{name} is compiled here and needs {_what(found[0])}, which comes from apt",
                evidence=(found.string.strip(),),
                next_step=_or_binary(name, "have it installed: devenv.yaml names Debian packages"),
                edit=add_packages(clues.environment, packages),
            )
    return None


def _asked_for(clues: Clues, pattern: str) -> re.Match[str] | None:
    """The last line with the pattern that is no compiler's note or warning: those show what it has found."""
    compiled = re.compile(pattern)
    lines = (line for line in reversed(clues.lines) if not _NOTED.search(line))
    return next((found for line in lines if (found := compiled.search(line))), None)


def _what(found: str) -> str:
    """A tool or header by its name, out of what was said about it."""
    header = re.search(r"[\w/+-]+\.h\b|[\w-]+[-_]config\b|pkg-config|cmake|swig|cargo", found, re.IGNORECASE)
    if header:
        return f"`{header[0]}`"
    return (
        "a compiler"
        if re.search(r"gcc|g\+\+|\bcc\b|compiler", found, re.IGNORECASE)
        else "a library of the system"
    )


def _or_binary(name: str, step: str) -> str:
    return f"{step}; or take psycopg2-binary, which needs nothing compiled" if name == "psycopg2" else step


def old_build(clues: Clues) -> Card | None:
    """A package whose build needs what this Python no longer has."""
    if not clues.is_build:
        return None
    found = clues.search(
        r"ModuleNotFoundError: No module named '(\w+)'|module '(pkgutil)' has no attribute 'ImpImporter'"
    )
    gone = (
        removed_module({"pkgutil": "imp"}.get(found[2], found[1]) if found and (found[1] or found[2]) else "")
        if found
        else None
    )
    if found is None or gone is None:
        return None
    name = _package(clues)
    return Card(
        cause=f"{name} is too old for Python {clues.environment.python}: its build uses {gone.what}, "
        f"which is gone since Python {gone.first_without}",
        evidence=(found.string.strip(),),
        next_step=f"take a newer version of {name}, or the last Python that has it, {gone.last_with}",
        edit=_python(clues, gone.last_with),
    )


def _python(clues: Clues, version: str) -> Edit:
    return set_key(clues.environment, "python", f'python: "{version}"')


_OTHER_PYTHON = (
    (
        r"current Python version \(([\d.]+)\) does not satisfy Python\s*>=(3\.\d+)[\d.]* and (\S+) depends",
        2,
        3,
    ),
    (r"requires a different Python: ([\d.]+) not in '>=(3\.\d+)[^']*'", 2, 0),
    (
        r"resolved to Python ([\d.]+), .* incompatible with the project's Python requirement: `>=(3\.\d+)",
        2,
        0,
    ),
)


def needs_newer_python(clues: Clues) -> Card | None:
    """A requirement that is not for this Python yet."""
    if not clues.is_build:
        return None
    for pattern, wanted, what in _OTHER_PYTHON:
        found = clues.search(pattern)
        if found is None:
            continue
        name = found[what] if what else _wanted(clues)
        return _newer_python(clues, name, found[wanted], found.string)
    ignored = clues.search(r"Ignored the following versions that require a different python version")
    wanted_version = _wanted(clues).partition("==")[2]
    if ignored and wanted_version:
        found = re.search(rf"\b{re.escape(wanted_version)} Requires-Python >=(3\.\d+)", ignored.string)
        return _newer_python(clues, _wanted(clues), found[1], found[0]) if found else None
    return None


def _newer_python(clues: Clues, name: str, python: str, line: str) -> Card:
    return Card(
        cause=f"{name} needs Python {python} or later, and this environment has {clues.environment.python}",
        evidence=(shortened(line),),
        next_step="take that Python, or an older version of the package",
        edit=_python(clues, python),
    )


def _wanted(clues: Clues) -> str:
    found = clues.search(r"No matching distribution found for (\S+)") or clues.search(
        r"Package '([^']+)' requires"
    )
    return found[1] if found else "a requirement"


def no_wheel(clues: Clues) -> Card | None:
    """Packages that come only built, and not for this Python."""
    found = clues.search(r"(\S+) has no wheels with a matching (Python|platform)[^,]*?tag")
    if found is None:
        return None
    tags = clues.search(r"we only found wheels for `([^`]+)` .* tags?: (.*)$")
    pythons = sorted({int(minor) for minor in re.findall(r"cp3(\d+)", tags[2] if tags else "")})
    newest = f"3.{pythons[-1]}" if pythons else ""
    return Card(
        cause=f"{found[1]} is published for other Pythons than {clues.environment.python} only"
        + (f"; the newest is {newest}" if newest else ""),
        evidence=(shortened(tags.string if tags else found.string),),
        next_step="take a newer version of the package" + (", or that Python" if newest else ""),
        edit=_python(clues, newest) if newest else None,
    )


_UNKNOWN = (
    r"Because (\S+) was not found in the package registry",
    r"there is no version of (\S+) and",
    r"No matching distribution found for (\S+)",
    r"^\s*and you require (\S+), we can conclude",  # after "only the following versions of it are available:"
)


def index_without_dates(clues: Clues) -> Card | None:
    """An index that does not tell when files were uploaded, asked for those of a day."""
    found = clues.search(
        r"is missing an upload date, but user provided|does not provide upload-time metadata"
    )
    if found is None or not clues.is_build:
        return None
    return Card(
        cause="the index does not tell when files were uploaded, so there are no packages as of a day",
        evidence=(shortened(found.string),),
        next_step="take an index that does, such as the usual one, for `app.dependencies.as_of`; or remove "
        f"that key, and pin the versions in {_files(clues)}",
    )


_NO_FOLDER = (
    r"Invalid requirement: '(/[^']*|\.[^']*)' \(from line \d+ of",
    r"Distribution not found at: file://(\S+)",
)


def folder_not_there(clues: Clues) -> Card | None:
    """A requirement that is a path, to where nothing is."""
    found = next((found for pattern in _NO_FOLDER if (found := clues.search(pattern))), None)
    if found is None or not clues.is_build:
        return None
    return Card(
        cause=f"a package is to come from {found[1]}, and the image has no such folder",
        evidence=(shortened(found.string),),
        next_step="bring it (a git submodule? `git submodule update --init`) and name it in "
        f"{_files(clues)} by its path from there, or take the package from the index",
    )


def unknown_requirement(clues: Clues) -> Card | None:
    """A requirement that there is not: the name or the version is wrong."""
    found = next((found for pattern in _UNKNOWN if (found := clues.search(pattern))), None)
    if found is None or not clues.is_build:
        return None
    name = re.split(r"[=<>~!\[]", found[1])[0]
    available = clues.search(r"only the following versions of (\S+) are available")
    if "you require" in found[0] and (available is None or available[1] != name):
        return None
    has_versions = re.search(r"no version|you require", found[0]) is not None or _versions(clues)
    cause = f"there is no {found[1]} to install" if has_versions else f"there is no package `{name}`"
    if nearest := _nearest_version(clues, found[1]):
        cause += f"; the nearest is {nearest}"
    return Card(
        cause=cause,
        evidence=(shortened(found.string),),
        next_step=f"correct the {'version' if has_versions else 'name'} in {_files(clues)}"
        + ("" if has_versions else "; a private package needs its index there (`--extra-index-url`)"),
    )


def _nearest_version(clues: Clues, wanted: str) -> str:
    """The version, of those that pip tells, that comes next after the one that is pinned; "" for none."""
    told = clues.search(r"\(from versions: (\d[^)]*)\)")
    pinned = re.search(r"==\s*(\d+(?:\.\d+)*)", wanted)
    if told is None or pinned is None:
        return ""
    known = [each for each in told[1].split(", ") if re.fullmatch(r"\d+(\.\d+)*", each)]
    later = [each for each in known if _numbers(each) >= _numbers(pinned[1])]
    return (later or known[-1:] or [""])[0]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _versions(clues: Clues) -> bool:
    found = clues.search(r"\(from versions: ([^)]*)")
    return found is not None and found[1] != "none"


def _files(clues: Clues) -> str:
    """The files that people write: of what `devenv init` made beside them, nothing is to be corrected."""
    files = [clues.host_path(file.path) for file in clues.environment.app.dependencies.files]
    if len(files) == 1 and files[0].endswith(EXPORT):
        return f"what {files[0]} was made from (its first line says so, and `devenv init` makes it anew)"
    files = [path for path in files if not path.endswith(EXPORT)]
    return ", ".join(files) or "the dependencies"


_CONFLICT = (
    r"(Because .* your requirements are unsatisfiable\.?)",
    r"And because (.*), we can conclude that your requirements",
    r"Cannot install (.*) because these package versions have conflicting dependencies",
)


def conflicting_requirements(clues: Clues) -> Card | None:
    """Requirements that cannot all be met."""
    found = next((found for pattern in _CONFLICT if (found := clues.search(pattern))), None)
    if found is None or not clues.is_build:
        return None
    start = next((line.strip() for line in clues.lines if "Because " in line), "")
    return Card(
        cause="the requirements contradict each other",
        evidence=tuple(dict.fromkeys(filter(None, (shortened(start), shortened(found.string))))),
        next_step=f"loosen one of them in {_files(clues)}",
    )


def git_missing(clues: Clues) -> Card | None:
    """A dependency comes from a git repository, and the image has no git."""
    found = clues.search(r"Git executable not found|Cannot find command 'git'|git: (?:command )?not found")
    if found is None or not clues.is_build:
        return None
    return Card(
        cause="a dependency comes from a git repository, and there is no git in the image",
        evidence=(found.string.strip(),),
        next_step="have it installed",
        edit=add_packages(clues.environment, ("git",)),
    )


def git_unreachable(clues: Clues) -> Card | None:
    """A git repository that cannot be reached, or not without a login."""
    found = clues.search(
        r"fatal: (?:unable to access|could not read (?:Username|Password) for|repository) '([^']+?)/?'.*"
    ) or clues.search(
        r"Failed to (?:clone|fetch)[^`']*[`'](\S+?)[`']|fatal: (?:Could not read from remote).*"
    )
    if found is None or not clues.is_build:
        return None
    where = found[1] or "a git repository"
    asks = "could not read" in found[0].lower()
    return Card(
        cause=f"{where} cannot be {'read without a login' if asks else 'reached'} from the build",
        evidence=(found.string.strip(),),
        next_step=f"see which line of {_files(clues)} names it; a private one needs a token",
    )


def package_build_failed(clues: Clues) -> Card | None:
    """A package whose build fails for a reason of its own."""
    if not clues.is_build or not clues.search(
        r"Failed to build|subprocess-exited-with-error|Failed building wheel"
    ):
        return None
    name = _package(clues)
    said = [line.strip() for line in clues.lines if line.strip() and not line.lstrip().startswith("hint:")]
    return Card(
        cause=f"{name} is compiled here, and its build fails: {shortened(said[-1], 120)}",
        evidence=tuple(shortened(line) for line in said[-3:]),
        next_step=f"take a version of {name} that has a wheel for Python {clues.environment.python}",
    )


_NETWORK = (
    r"(?i)dns error|no such host|failed to lookup address|could not resolve host|temporary failure",
    r"(?i)are you offline|network is unreachable|connection timed out",
    r"NewConnectionError|Failed to establish a new connection|Could not connect to",
)
_CERTIFICATE = (
    r"(?i)UnknownIssuer|certificate[_ ]verify[_ ]failed|x509: certificate|self[- _]signed[_ ]cert"
    r"|unable[_ ]to[_ ](?:get[_ ](?:local[_ ])?issuer|verify[_ ]the[_ ]first)[_ ]cert|UNABLE_TO_VERIFY_LEAF"
    r"|certificate verification failed|certificate of .* is not trusted"
)


def certificate_unknown(clues: Clues) -> Card | None:
    """A company's proxy signs with a certificate that the build does not know."""
    found = clues.search(_CERTIFICATE)
    if found is None:
        return None
    told = "set SSL_CERT_FILE to a file with that proxy's certificate: builds and containers get it"
    shown = "; `devenv doctor` shows which are given"
    if line := own_line(clues):
        return Card(
            cause=f"a line of app.dockerfile.{line.stage} does not trust a certificate: "
            "as a rule a company's proxy stands between",
            evidence=(line.command, shortened(found.string)),
            next_step=f"{told}{shown}. If it is there already, tell the tool: in that line of yours "
            f"({line.place}) $SSL_CERT_FILE is its path",
        )
    return Card(
        cause="a certificate is not trusted: as a rule a company's proxy stands between",
        evidence=(shortened(found.string),),
        next_step=f"{told}{shown}",
    )


def network_unreachable(clues: Clues) -> Card | None:
    """What a build fetches cannot be reached."""
    if not clues.is_build and not clues.search("Error response from daemon"):
        return None
    found = next((found for pattern in _NETWORK if (found := clues.search(pattern))), None)
    if found is None:
        return None
    fetched = clues.search(r"(?:Failed to \w+|Get|unable to access)\b\W.*?https?://(?:[^\s/@]*@)?([\w.-]+)")
    named = clues.search(r"(?:download|fetch|build|clone)\w* `([\w.-]+)(?:\[[^]]*\])? @ ")
    what = f"`{named[1]}`" if named else "what is to be fetched"
    return Card(
        cause=f"{what} is not reached over the network" + (f": it is at {fetched[1]}" if fetched else ""),
        evidence=(shortened(found.string),),
        next_step="is the machine online, behind a proxy (HTTPS_PROXY), a VPN? See `devenv doctor`",
    )


_NO_IMAGE = (
    r"failed to resolve source metadata for (?:docker\.io/library/)?(\S+?): .*not found",
    r"manifest for (\S+) not found",
    r"pull access denied for (\S+?),",
    r'failed to resolve reference "(?:docker\.io/library/)?([^"]+)": .*not found',
)


def image_not_found(clues: Clues) -> Card | None:
    """An image that its registry has not."""
    found = next((found for pattern in _NO_IMAGE if (found := clues.search(pattern))), None)
    if found is None:
        return None
    return Card(
        cause=f"there is no image `{found[1]}` to be had",
        evidence=(shortened(found.string),),
        next_step="correct its name or version in devenv.yaml; `devenv doctor` asks the registry",
    )


def unknown_apt_package(clues: Clues) -> Card | None:
    """A name in app.system_packages that Debian does not know."""
    found = clues.search(
        r"E: Unable to locate package (\S+)|E: Package '(\S+)' has no installation candidate"
    )
    if found is None:
        return None
    origin = clues.environment.origin_of("app.system_packages")
    return Card(
        cause=f"Debian has no package `{found[1] or found[2]}` for the image",
        evidence=(found[0],),
        next_step=f"correct it in app.system_packages{f' ({origin.place})' if origin else ''}",
    )
