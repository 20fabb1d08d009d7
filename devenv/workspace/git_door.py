"""The door to `git`: the only module that runs it, to fetch one commit and to read files of it.

Nothing that a repository says is run here: a bare repository without hooks or a work tree, no submodules, no
prompt, and no transport but https, ssh and files of this machine.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from devenv.errors import LayerUnavailable

TIMEOUT_SECONDS = 300
MAX_BYTES = 1_000_000
FETCHED = "refs/devenv/layer"

_OPTIONS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "credential.interactive": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
}
_ENVIRON = {
    "GIT_ALLOW_PROTOCOL": "https:ssh:file",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "LC_ALL": "C",
}
_OF_THE_USER = ("GIT_SSH", "GIT_CONFIG", "GIT_SSL", "GIT_PROXY")
_NO_PROMPT_SSH = "ssh -oBatchMode=yes"
_EVERYTHING = ("+refs/heads/*:refs/devenv/heads/*", "+refs/tags/*:refs/devenv/tags/*")
_LINK, _FILE = "120000", re.compile(r"100\d{3}")


class Git:
    """git with the user's own settings for access (proxy, credentials, keys), and no other influence."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        # A hook that runs devenv has GIT_DIR and its like set, which are about another repository.
        kept = {
            name: value
            for name, value in environ.items()
            if not name.startswith("GIT_") or name.startswith(_OF_THE_USER)
        }
        self._environ = {"GIT_SSH_COMMAND": _NO_PROMPT_SSH, **kept, **_ENVIRON}

    def fetch(self, url: str, ref: str, repository: Path) -> str:
        """A new bare repository with what `ref` names, a tag or a whole hash; returns the commit.

        Raises: LayerUnavailable.
        """
        with _told():
            self._run("init", "--quiet", "--bare", "--template=", str(repository))
            fetch = self._fetch_commit if is_commit(ref) else self._fetch_tag
            fetch(url, ref, repository)
            found = self._in(repository, "rev-parse", "--verify", "--quiet", f"{FETCHED}^{{commit}}")
        return found.decode("ascii").strip()

    def read(self, repository: Path, commit: str, file: str) -> bytes:
        """A file of a commit. Raises: LayerUnavailable where there is none, or it is a link."""
        with _told():
            listed = self._in(
                repository, "--literal-pathspecs", "ls-tree", "-z", "-l", "--full-tree", commit, "--", file
            )
            blob = _blob(listed.rstrip(b"\0").decode("utf-8", "replace"), file, commit)
            return self._in(repository, "cat-file", "blob", blob)

    def _fetch_tag(self, url: str, tag: str, repository: Path) -> None:
        try:
            self._get(url, [f"+refs/tags/{tag}:{FETCHED}"], repository, "--depth=1")
        except _GitFailed as error:
            if "couldn't find remote ref" in str(error):
                raise LayerUnavailable(f"there is no tag {tag}") from None
            raise

    def _fetch_commit(self, url: str, commit: str, repository: Path) -> None:
        """Not every server gives out a single commit by its hash: then everything is fetched."""
        with suppress(_GitFailed):
            return self._get(url, [f"+{commit}:{FETCHED}"], repository, "--depth=1")
        self._get(url, _EVERYTHING, repository)
        try:
            self._in(repository, "update-ref", FETCHED, f"{commit}^{{commit}}")
        except _GitFailed:
            raise LayerUnavailable(f"there is no commit {commit}") from None

    def _get(self, url: str, refs: Sequence[str], repository: Path, *options: str) -> None:
        self._in(repository, "fetch", "--quiet", "--no-tags", *options, "--", url, *refs)

    def _in(self, repository: Path, *arguments: str) -> bytes:
        return self._run(f"--git-dir={repository}", *arguments)

    def _run(self, *arguments: str) -> bytes:
        options = [word for name, value in _OPTIONS.items() for word in ("-c", f"{name}={value}")]
        try:
            done = subprocess.run(
                ["git", *options, *arguments],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise LayerUnavailable("there is no git program on this machine; install git") from None
        except subprocess.TimeoutExpired:
            raise LayerUnavailable(f"git did not end within {TIMEOUT_SECONDS} seconds") from None
        if done.returncode:
            raise _GitFailed(done.stderr.decode("utf-8", "replace"))
        return done.stdout


class _GitFailed(Exception):
    """git ended with an error; str() is what it said."""


@contextmanager
def _told() -> Iterator[None]:
    """What git said, as the reason why there is no layer."""
    try:
        yield
    except _GitFailed as error:
        said = "; ".join(filter(None, map(str.strip, str(error).splitlines())))
        raise LayerUnavailable(f"git says: {said or 'nothing, and failed'}") from None


def _blob(entry: str, file: str, commit: str) -> str:
    """The object that a line of `ls-tree` names, where it is a plain file. Raises: LayerUnavailable."""
    facts, _, name = entry.partition("\t")
    if name != file:
        raise LayerUnavailable(f"there is no file {file} at its commit {commit[:12]}")
    mode, _, blob, size = facts.split()
    if not _FILE.fullmatch(mode):
        kind = "a symbolic link" if mode == _LINK else "no file"
        raise LayerUnavailable(f"{file} is {kind} there; a layer is read from plain files only")
    if int(size) > MAX_BYTES:
        raise LayerUnavailable(f"{file} has {int(size):,} bytes; at most {MAX_BYTES:,} are read")
    return blob


def is_commit(ref: str) -> bool:
    """Whether it is a commit's whole hash, and no tag."""
    return bool(re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", ref))
