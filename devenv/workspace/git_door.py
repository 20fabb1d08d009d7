"""The door to `git`: the only module that runs it, to fetch one commit and to read files of it.

Nothing that a repository says is run here: a bare repository without hooks or a work tree, no submodules, no
prompt, and no transport but https, ssh and files of this machine.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from devenv.errors import LayerUnavailable

TIMEOUT_SECONDS = 300
MAX_BYTES = 1_000_000
FETCHED = "refs/devenv/layer"
_INSTALL_HINT = "install git, then try again"

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
        self._run("init", "--quiet", "--bare", "--template=", str(repository))
        if is_commit(ref):
            self._fetch_commit(url, ref, repository)
        else:
            self._fetch_tag(url, ref, repository)
        found = self._in(repository, "rev-parse", "--verify", "--quiet", f"{FETCHED}^{{commit}}")
        return found.decode("ascii").strip()

    def read(self, repository: Path, commit: str, file: str) -> bytes:
        """A file of a commit. Raises: LayerUnavailable where there is none, or it is a link."""
        listed = self._in(
            repository, "--literal-pathspecs", "ls-tree", "-z", "--long", "--full-tree", commit, "--", file
        )
        entry, _, name = listed.rstrip(b"\0").decode("utf-8", "replace").partition("\t")
        if not entry or name != file:
            raise LayerUnavailable(f"there is no file {file} at its commit {commit[:12]}")
        mode, _, blob, size = entry.split()
        if not _FILE.fullmatch(mode):
            kind = "a symbolic link" if mode == _LINK else "no file"
            raise LayerUnavailable(f"{file} is {kind} there; a layer is read from plain files only")
        if int(size) > MAX_BYTES:
            raise LayerUnavailable(f"{file} has {int(size):,} bytes; at most {MAX_BYTES:,} are read")
        return self._in(repository, "cat-file", "blob", blob)

    def _fetch_tag(self, url: str, tag: str, repository: Path) -> None:
        try:
            self._get(url, [f"+refs/tags/{tag}:{FETCHED}"], repository, "--depth=1")
        except LayerUnavailable as error:
            if "couldn't find remote ref" not in error.details:
                raise
            raise LayerUnavailable(f"there is no tag {tag}", details=error.details) from None

    def _fetch_commit(self, url: str, commit: str, repository: Path) -> None:
        """Not every server gives out a single commit by its hash: then everything is fetched."""
        try:
            self._get(url, [f"+{commit}:{FETCHED}"], repository, "--depth=1")
        except LayerUnavailable:
            self._get(url, _EVERYTHING, repository)
            try:
                self._in(repository, "update-ref", FETCHED, f"{commit}^{{commit}}")
            except LayerUnavailable as error:
                raise LayerUnavailable(f"there is no commit {commit}", details=error.details) from None

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
            raise LayerUnavailable("there is no git program on this machine", hint=_INSTALL_HINT) from None
        except subprocess.TimeoutExpired:
            raise LayerUnavailable(f"git did not end within {TIMEOUT_SECONDS} seconds") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise LayerUnavailable(f"git says: {_first_line(said)}", details=said)
        return done.stdout


def is_commit(ref: str) -> bool:
    """Whether it is a commit's whole hash, and no tag."""
    return bool(re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", ref))


def _first_line(said: str) -> str:
    line = next(filter(None, map(str.strip, said.splitlines())), "nothing, and failed")
    return line.removeprefix("fatal: ").removeprefix("error: ")
