"""Python packages into a container that runs: what makes its venv the one that a new image would have."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from devenv.compiler import words
from devenv.compiler.compiled import CompiledProject
from devenv.compiler.dockerfile import BESIDE_UVICORN, dated_words, seeds_setuptools, serves_asgi
from devenv.config.environment import Dependencies, Environment, is_old

INPUT = "app.dependencies."
QUIETLY = {"UV_NO_PROGRESS": "1"}

# Compilers and git are in the stage that builds, not in what runs.
_ONLY_IN_A_BUILD = re.compile(
    r"^.*(?:Failed to build|Failed to download and build|Git executable not found|Read-only file system"
    r"|Permission denied|uv: No such file).*$",
    re.MULTILINE | re.IGNORECASE,
)

_NAMES_A_FILE = re.compile(r"(-r|-c|--requirement|--constraint)\b")
_RELEASE = re.compile(r"[A-Za-z0-9._-]+==[^\s;@]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """Commands to run, one after the other, in a folder that has copies of these files of the app's folder.

    What is installed already and still fits stays; what nothing asks for any more goes. `assumes`: packages
    that no file names, though the image has them.
    """

    paths: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    environ: Mapping[str, str]
    assumes: tuple[str, ...] = ()


def installation_of(environment: Environment) -> Installation:
    """What devenv.yaml asks for now."""
    app, needs = environment.app, environment.app.dependencies
    lacks_server = serves_asgi(environment) and "uvicorn" not in needs.packages
    assumes = ["uvicorn", *BESIDE_UVICORN] if lacks_server else []
    # Lines of the user's own may have installed what no file names: that stays until the image is built anew.
    adds = "dev" in app.dockerfile
    if needs.kind == "uv":
        groups = ["--inexact"] * adds
        groups += [word for extra in needs.extras for word in ("--extra", extra)]
        groups += [word for group in needs.groups for word in ("--group", group)]
        sync = ("uv", "sync", "--frozen", "--no-install-project", "--no-default-groups", *groups)
        commands = (sync, *((("uv", "pip", "install", *assumes),) if assumes else ()))
    else:
        if seeds_setuptools(environment.python) and "setuptools" not in needs.packages:
            assumes.append("setuptools")
        files = [word for file in needs.files[: needs.roots] for word in ("--requirement", file.path)]
        exact = () if adds else ("--exact",)
        commands = (("uv", "pip", "install", *exact, *dated_words(needs), *files, *assumes),)
    return Installation(
        paths=tuple(file.path for file in needs.files),
        commands=commands,
        environ={**QUIETLY, **app.build_args},
        assumes=tuple(assumes),
    )


def without_packages(
    text: str, build_inputs: Mapping[str, str], needs: Dependencies
) -> tuple[str, dict[str, str]]:
    """What decides an image, less what its Python packages alone depend on."""
    for file in needs.files:
        text = text.replace("COPY " + words.json_words([file.path, f"./{file.path}"]) + "\n", "")
        text = text.replace(f" --requirement {shlex.quote(file.path)}", "")
    return text, {path: digest for path, digest in build_inputs.items() if not path.startswith(INPUT)}


class Described(Protocol):
    """What devenv.yaml says, and what became of it."""

    @property
    def environment(self) -> Environment:
        """As it was read."""
        ...

    @property
    def compiled(self) -> CompiledProject:
        """As it was compiled."""
        ...


def only_packages_differ(before: Described, after: Described) -> bool:
    """Whether an install makes of the containers of one what the other describes."""
    one, other = before.compiled, after.compiled
    return (
        one.build_hash != other.build_hash
        and (one.recipe_hash, one.services, one.base_images)
        == (other.recipe_hash, other.services, other.base_images)
        and _without_dependencies(before.environment) == _without_dependencies(after.environment)
    )


def _without_dependencies(environment: Environment) -> Environment:
    app = replace(environment.app, dependencies=Dependencies(kind=environment.app.dependencies.kind))
    return replace(environment, app=app, origins={})


def why_rebuilt(before: Described, after: Described) -> str:
    """Why other packages need a new image; "" where they do not, or are as they were."""
    old, new = before.compiled.build_inputs, after.compiled.build_inputs
    paths = [path for path in old.keys() | new.keys() if path.startswith(INPUT)]
    if all(old.get(path) == new.get(path) for path in paths):
        return ""
    if is_old(after.environment.python):
        return f"uv knows no Python {after.environment.python}"
    was, is_now = (each.environment.app.dependencies.as_of for each in (before, after))
    if was != is_now:  # an install keeps what fits, of whatever day
        return f"they are {f'as of {is_now}' if is_now else f'no longer as of {was}'}"
    return "" if only_packages_differ(before, after) else _what_else(before.compiled, after.compiled)


def _what_else(before: CompiledProject, after: CompiledProject) -> str:
    came = sorted(set(after.system_packages) - set(before.system_packages))
    if came:
        return f"{', '.join(came)} of Debian {'is' if len(came) == 1 else 'are'} needed"
    gone = sorted(set(before.system_packages) - set(after.system_packages))
    if gone:
        return f"{', '.join(gone)} of Debian {'is' if len(gone) == 1 else 'are'} not needed any more"
    return "more than packages changed"


def only_in_a_build(output: str, installation: Installation) -> str:
    """What an installer that failed misses where it ran and may find in a build; "" for nothing."""
    found = _ONLY_IN_A_BUILD.search(output)
    if found:
        return found[0].strip()
    return "the image has packages that no file names" if installation.assumes else ""


def package_changes(before: Iterable[str], after: Iterable[str]) -> tuple[str, ...]:
    """What an install did, from what `uv pip freeze` said before and after it: "humanize 4.17.0"."""
    old, new = _versions(before), _versions(after)
    return (
        *(f"{name} {new[name]}" for name in sorted(new.keys() - old.keys())),
        *(
            f"{name} {old[name]} → {new[name]}"
            for name in sorted(new.keys() & old.keys())
            if old[name] != new[name]
        ),
        *(f"no {name} any more" for name in sorted(old.keys() - new.keys())),
    )


def is_repeatable(contents: Mapping[str, str], before: Iterable[str], after: Iterable[str]) -> bool:
    """Whether what an install did can be done elsewhere by names and versions alone.

    contents: the files that say what is installed. Not where they name an index or hashes, which only hold
    for the whole of them, nor where what came is no release of an index.
    """
    lines = [line.strip() for text in contents.values() for line in text.splitlines()]
    options = [line for line in lines if line.startswith("-") and not _NAMES_A_FILE.match(line)]
    came = set(after) - set(before)
    return not options and "--hash" not in "".join(lines) and all(map(_RELEASE.fullmatch, came))


def _versions(lines: Iterable[str]) -> dict[str, str]:
    """By name: "name==1.0" and "name @ git+https://…"."""
    split = (re.split(r"==| @ ", line, maxsplit=1) for line in lines)
    return {words[0]: words[1] for words in split if len(words) == 2}
