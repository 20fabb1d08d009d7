"""What travels: .gitignore, .dockerignore, `sync.ignore`, and what never does.

The strongest source that names a path decides, from strong to weak: what never travels, `sync.ignore`,
PRIVATE, .dockerignore, git's index, .gitignore.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from devenv.config.dockerignore import leaves_out_the_app
from devenv.sync.patterns import Patterns, parse_dockerignore, parse_gitignore

SKIPPED_NAMES = (
    ".git", ".hg", ".svn", ".devenv", ".devenv-sync", "__pycache__", ".venv", "node_modules",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".hypothesis", ".DS_Store",
)  # fmt: skip
"""Names that never travel, for the agent: it need not even list them."""

TEMPORARY_PATTERNS = (
    "*.py[co]", "4913", "*.sw[a-p]", "*~", ".#*", "\\#*#", "*___jb_tmp___", "*___jb_old___",
    ".goutputstream-*", ".devenv-sync*",
)  # fmt: skip
"""Compiled modules, and what vim, emacs, JetBrains' editors and gedit make and rename while they save."""

PRIVATE = (".env", ".env.*", "local_settings.py", "settings_local.py", "**/settings/local.py", "*.mo")
"""Usual lines of a Django project's .gitignore that the app needs all the same; compiled translations too."""

_Gitignores = tuple[tuple[int, Patterns], ...]

RULE_FILES = (".gitignore", ".dockerignore")
OWN_SETTING = "sync.ignore"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Verdict:
    """What the rules say of one path, and what those below it need to know.

    `is_entered`: something inside may travel. `gitignores`: (where the paths that it names begin,
    patterns), outermost first. `docker_match`, `extra_match`: the last line that names the path or a
    parent, -1 for none. `docker_lines`: see Patterns.excludes.
    """

    travels: bool
    is_entered: bool
    ignored_by_git: bool = False
    gitignores: tuple[tuple[int, Patterns], ...] = ()
    docker_match: int = -1
    docker_lines: tuple[bool, ...] = ()
    extra_match: int = -1


@dataclass(frozen=True, slots=True)
class Source:
    """Patterns and their name. They see what follows the first `below` bytes of `prefix` and the path.

    sends: what they name travels, though it looks as if it should not.
    """

    name: str
    patterns: Patterns
    prefix: bytes = b""
    below: int = 0
    sends: bool = False

    def match(self, path: str, is_folder: bool) -> int:
        """The index of the line that names `path` itself, -1 for none."""
        return self.patterns.last_match((self.prefix + os.fsencode(path))[self.below :], is_folder)


class IgnoreRules:
    """The rules of one tree, read as its folders are met.

    read: the content of a file by its path in the tree, None when there is none.
    above: .gitignore files of parent folders, outermost first, each with the tree's path below its
    folder ("apps/shop/").
    tracked: paths that git has in its index though a .gitignore names them.
    """

    def __init__(
        self,
        read: Callable[[str], bytes | None],
        *,
        extra: Sequence[str] = (),
        above: Iterable[tuple[str, bytes]] = (),
        tracked: Iterable[str] = (),
    ) -> None:
        self._read = read
        self._never = parse_gitignore("\n".join((*SKIPPED_NAMES, *TEMPORARY_PATTERNS)).encode())
        self._private = parse_gitignore("\n".join(PRIVATE).encode())
        self._extra = parse_gitignore(os.fsencode("\n".join(extra)))
        self._docker = parse_dockerignore(read(".dockerignore") or b"")
        self._tracked = frozenset(tracked)
        self._tracked_folders = frozenset(parent for path in self._tracked for parent in parents(path))
        self._prefix, outer = _lay_out(above)
        root = _Verdict(travels=True, is_entered=True, gitignores=self._with_gitignore("", outer))
        self._folders = {"": root}

    def travels(self, path: str, is_folder: bool) -> bool:
        """Whether `path` is sent, received and compared."""
        if is_folder:
            return self._folder(path).travels
        return self._judge(path, self._folder(path.rpartition("/")[0]), is_folder=False).travels

    def enters(self, folder: str) -> bool:
        """Whether anything inside `folder` may travel: it is listed and watched."""
        return self._folder(folder).is_entered

    def sources(self, path: str) -> Iterator[Source]:
        """What may decide over `path`, from strong to weak."""
        yield Source("devenv", self._never)
        yield Source(OWN_SETTING, self._extra)
        yield Source("devenv", self._private, sends=True)
        yield Source(".dockerignore", self._docker)
        folder = self._folder(path.rpartition("/")[0])
        for below, patterns in reversed(folder.gitignores):
            yield Source(self._name_of_gitignore(below, path), patterns, self._prefix, below)

    def is_environment(self, folder: str) -> bool:
        """Whether a folder is a virtual environment."""
        return self._read(f"{folder}/pyvenv.cfg") is not None

    def is_tracked(self, path: str) -> bool:
        """Whether git has it in its index though it ignores it."""
        return path in self._tracked

    def _name_of_gitignore(self, below: int, path: str) -> str:
        """Its path from the tree: that of a folder above begins with ../"""
        inside = below - len(self._prefix)
        if inside >= 0:
            return os.fsdecode(os.fsencode(path)[:inside]) + ".gitignore"
        return "../" * self._prefix[below:].count(b"/") + ".gitignore"

    def _folder(self, path: str) -> _Verdict:
        known = self._folders.get(path)
        if known is None:
            verdict = self._judge(path, self._folder(path.rpartition("/")[0]), is_folder=True)
            if verdict.is_entered:
                verdict = replace(verdict, gitignores=self._with_gitignore(path, verdict.gitignores))
            known = self._folders[path] = verdict
        return known

    def _with_gitignore(self, folder: str, outer: _Gitignores) -> _Gitignores:
        content = self._read(f"{folder}/.gitignore" if folder else ".gitignore")
        patterns = parse_gitignore(content) if content else None
        if not patterns:
            return outer
        below = len(os.fsencode(folder)) + 1 if folder else 0
        return (*outer, (len(self._prefix) + below, patterns))

    def _judge(self, path: str, parent: _Verdict, *, is_folder: bool) -> _Verdict:
        encoded = os.fsencode(path)
        if not parent.is_entered or self._is_never(path, encoded, is_folder):
            return _Verdict(travels=False, is_entered=False)
        docker_match = max(parent.docker_match, self._docker.last_match(encoded, is_folder))
        is_left_out, docker_lines = self._docker.excludes(encoded, parent.docker_lines)
        own_match = self._extra.last_match(encoded, is_folder)
        extra_match = own_match if own_match >= 0 else parent.extra_match
        ignored_by_git = parent.ignored_by_git or self._git_ignores(encoded, parent.gitignores, is_folder)
        if extra_match >= 0:
            travels = self._extra.patterns[extra_match].negated
        elif parent.travels and not is_folder and self._private.last_match(encoded, False) >= 0:
            travels = True
        elif is_left_out or docker_match >= 0:
            travels = not is_left_out
        else:
            travels = not ignored_by_git or path in self._tracked or path in self._tracked_folders
        return _Verdict(
            travels=travels,
            is_entered=is_folder and (travels or self._docker.may_match_below(encoded)),
            ignored_by_git=ignored_by_git,
            gitignores=parent.gitignores,
            docker_match=docker_match,
            docker_lines=docker_lines,
            extra_match=extra_match,
        )

    def _is_never(self, path: str, encoded: bytes, is_folder: bool) -> bool:
        if self._never.last_match(encoded, is_folder) >= 0:
            return True
        return is_folder and self.is_environment(path)

    def _git_ignores(self, encoded: bytes, gitignores: _Gitignores, is_folder: bool) -> bool:
        whole = self._prefix + encoded
        for below, patterns in reversed(gitignores):
            index = patterns.last_match(whole[below:], is_folder)
            if index >= 0:
                return not patterns.patterns[index].negated
        return False


def parents(path: str) -> list[str]:
    """The folders above `path`, innermost first, without the tree's own."""
    above = []
    while path := path.rpartition("/")[0]:
        above.append(path)
    return above


def load_rules(root: Path, extra: Sequence[str] = ()) -> IgnoreRules:
    """The rules of the tree at `root`, with the .gitignore files above it as far as its repository goes."""

    def read(path: str) -> bytes | None:
        try:
            content = (root / path).read_bytes()
        except OSError:
            return None
        is_dockers = path == ".dockerignore"
        return None if is_dockers and leaves_out_the_app(os.fsdecode(content), root) else content

    return IgnoreRules(read, extra=extra, above=_gitignores_above(root), tracked=tracked_though_ignored(root))


def _lay_out(above: Iterable[tuple[str, bytes]]) -> tuple[bytes, _Gitignores]:
    """The tree's path in its repository, and each outer .gitignore with where its own paths begin in that."""
    laid = [(os.fsencode(below), parse_gitignore(content)) for below, content in above]
    prefix = max((below for below, _ in laid), key=len, default=b"")
    return prefix, tuple((len(prefix) - len(below), patterns) for below, patterns in laid if patterns)


def _gitignores_above(root: Path) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for folder in (root, *root.parents):
        if folder != root:
            file = folder / ".gitignore"
            content = file.read_bytes() if file.is_file() else b""
            found.insert(0, (root.relative_to(folder).as_posix() + "/", content))
        if (folder / ".git").exists():
            return found
    return []


def tracked_though_ignored(root: Path) -> list[str]:
    """What git has in its index though it ignores it; nothing where git is not installed or not used."""
    command = ["git", "ls-files", "-z", "--cached", "--ignored", "--exclude-per-directory=.gitignore"]
    try:
        listing = subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [os.fsdecode(name) for name in listing.stdout.split(b"\0") if name]
