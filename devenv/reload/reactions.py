"""From a changed path to a reaction, with its cause in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from posixpath import splitext

from devenv.changes import ChangeKind, PathChange


class ReactionKind(StrEnum):
    """What to do; the values of the first six travel to the agents.

    CODE: a Python file was edited: the processes that loaded it reload. MODULES: one came or went, which
    may also change what other imports find. RESTART: a start from cold. REBUILD and CONFIG are the
    host's own work.
    """

    CODE = "code"
    MODULES = "modules"
    TEMPLATE = "template"
    TRANSLATION = "translation"
    RESTART = "restart"
    STATIC = "static"
    NONE = "none"
    REBUILD = "rebuild"
    CONFIG = "config"

    @property
    def is_for_agents(self) -> bool:
        """Whether the agents decide on it; the host keeps the others."""
        return self not in (ReactionKind.REBUILD, ReactionKind.CONFIG)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one change causes."""

    kind: ReactionKind
    path: str
    cause: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What the environment says of paths in the app's folder.

    `dependency_files`: what decides what is installed. `config_files`: devenv.yaml and its env files.
    `restart_files`: read by the app at its start, such as a .env that the app itself reads.
    """

    dependency_files: frozenset[str] = frozenset()
    config_files: frozenset[str] = frozenset()
    restart_files: frozenset[str] = frozenset()


TEMPLATE_SUFFIXES = frozenset({".html", ".htm", ".jinja", ".jinja2", ".j2", ".djhtml", ".mjml"})
TEMPLATE_FOLDERS = frozenset({"templates", "jinja2"})
STATIC_FOLDERS = frozenset({"static", "staticfiles", "assets"})
STATIC_SUFFIXES = frozenset(
    {".css", ".scss", ".sass", ".less", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".map"}
    | {".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".webp", ".avif"}
    | {".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".webm"}
)
FIXTURE_SUFFIXES = frozenset({".json", ".jsonl", ".yaml", ".yml", ".xml"})
MODELS_OF_DOTENV = frozenset({"example", "sample", "template", "dist", "defaults"})
"""`.env.example` is for people; nothing reads it."""
CAME_OR_WENT = {ChangeKind.CREATED: "a new Python file", ChangeKind.DELETED: "a Python file is gone"}


def reactions_to(changes: Iterable[PathChange], rules: Rules) -> tuple[Reaction, ...]:
    """The reactions to a batch, in its order."""
    return tuple(react(change, rules) for change in changes)


def react(change: PathChange, rules: Rules) -> Reaction:
    """The reaction to one change. What the environment names comes before what the name says."""
    kind, cause = (
        _named(change.path, rules) or _python(change) or _by_custom(change.path) or _by_place(change.path)
    )
    return Reaction(kind, change.path, cause)


def _named(path: str, rules: Rules) -> tuple[ReactionKind, str] | None:
    if path in rules.config_files:
        return ReactionKind.CONFIG, "the environment is read from it"
    if path in rules.dependency_files:
        return ReactionKind.REBUILD, "it says what is installed"
    if path in rules.restart_files:
        return ReactionKind.RESTART, "the app reads it at its start"
    return None


def _python(change: PathChange) -> tuple[ReactionKind, str] | None:
    if not change.path.endswith(".py"):
        return None
    if change.kind in CAME_OR_WENT:
        return ReactionKind.MODULES, CAME_OR_WENT[change.kind]
    return ReactionKind.CODE, "Python source"


def _by_custom(path: str) -> tuple[ReactionKind, str] | None:
    folder, _, name = path.rpartition("/")
    if "fixtures" in folder.split("/") and splitext(name)[1].lower() in FIXTURE_SUFFIXES:
        return ReactionKind.NONE, "a fixture: nothing loads it but `devenv manage loaddata`"
    if _is_dotenv(name):
        return ReactionKind.RESTART, "the app may read it at its start"
    return None


def _is_dotenv(name: str) -> bool:
    return name == ".env" or (name.startswith(".env.") and name.rpartition(".")[2] not in MODELS_OF_DOTENV)


def _by_place(path: str) -> tuple[ReactionKind, str]:
    folders = set(path.split("/")[:-1])
    suffix = splitext(path)[1].lower()
    if suffix == ".mo":
        return ReactionKind.TRANSLATION, "compiled translations"
    if suffix == ".po":
        return ReactionKind.NONE, "translations in source; the compiled ones are what Django reads"
    if folders & STATIC_FOLDERS or (suffix in STATIC_SUFFIXES and not folders & TEMPLATE_FOLDERS):
        return ReactionKind.STATIC, "a static file is read on each request"
    if folders & TEMPLATE_FOLDERS or suffix in TEMPLATE_SUFFIXES:
        return ReactionKind.TEMPLATE, "a template"
    return ReactionKind.NONE, "no process is known to keep it in memory"
