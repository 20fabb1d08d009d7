"""Git layers: fetched once into the user's cache folder, pinned by the lock, the same bytes ever after.

<cache>/<hash of the URL>/<commit>/    a bare repository, never changed once it is there
<cache>/<hash of the URL>/<hash of the tag>.tag    the commit that the tag named when it was fetched
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from devenv.config.layering import FetchedLayer, GitLayer
from devenv.config.lock import FILE_NAME, Lock, LockedLayer
from devenv.errors import LayerChanged, LayerUnavailable, LockStale
from devenv.workspace.files import Content, write_files
from devenv.workspace.git_door import Git, is_commit
from devenv.workspace.user_cache import user_cache

SCHEMES = ("https", "ssh", "file")
_SSH_SHORT = re.compile(r"[\w.-]+@[\w.-]+:(?!:)\S+")
_LOCAL = re.compile(r"/|[A-Za-z]:/")


def cache_folder() -> Path:
    """Where the layers of all projects of this user are kept."""
    return user_cache() / "layers"


class GitLayers:
    """What `load` asks for each git layer; afterwards `used` is what was read, as a lock has it.

    renews: which layers are taken anew, whatever the lock or the cache have. frozen: what the lock does not
    have is not fetched.
    """

    def __init__(
        self,
        cache: Path,
        lock: Lock | None,
        environ: Mapping[str, str],
        *,
        renews: Callable[[str], bool] | None = None,
        frozen: bool = False,
    ) -> None:
        self.used: dict[str, LockedLayer] = {}
        self._cache = cache
        self._lock = lock or Lock()
        self._git = Git(environ)
        self._renews = renews or (lambda _name: False)
        self._frozen = frozen

    def __call__(self, layer: GitLayer) -> FetchedLayer:
        """The layer's bytes. Raises: LayerUnavailable, LayerChanged, LockStale."""
        _check(layer)
        name = lock_name(layer)
        locked = None if self._renews(name) else self._lock.layers.get(name)
        if self._frozen and (locked is None or layer.file not in locked.files):
            raise LockStale(f"{name} {layer.file} is not in {FILE_NAME}", hint="`devenv lock` adds it")
        commit = self._commit(layer, locked, known=self.used.get(name))
        data = self._git.read(self._folder(layer) / commit, commit, layer.file)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if locked and locked.files.get(layer.file, digest) != digest:
            raise _other_bytes(layer, locked.files[layer.file], digest, self._cache)
        self.used[name] = self.used.get(name, LockedLayer(commit=commit)).with_files({layer.file: digest})
        return FetchedLayer(data, commit)

    def _commit(self, layer: GitLayer, locked: LockedLayer | None, known: LockedLayer | None) -> str:
        """The layer's commit, which lies in the cache now."""
        expected = locked or known
        commit = expected.commit if expected else self._remembered(layer)
        if commit and (self._folder(layer) / commit).is_dir():
            return commit
        fetched = self._fetch(layer)
        if locked and fetched != locked.commit:
            raise _moved(layer, locked.commit, fetched)
        return fetched

    def _remembered(self, layer: GitLayer) -> str:
        if is_commit(layer.ref):
            return layer.ref
        if self._renews(lock_name(layer)):
            return ""
        try:
            commit = self._tag_file(layer).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""
        return commit if is_commit(commit) else ""

    def _fetch(self, layer: GitLayer) -> str:
        """Into a folder of its own, then given its name: another devenv sees all of it or nothing."""
        folder = self._folder(layer)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="new-", dir=folder, ignore_cleanup_errors=True) as new:
                commit = self._git.fetch(layer.url, layer.ref, Path(new) / "git")
                if not (folder / commit).is_dir():
                    _give_name(Path(new) / "git", folder / commit)
        except OSError as error:
            raise LayerUnavailable(f"{self._cache} cannot be written", details=str(error)) from None
        if not is_commit(layer.ref):
            write_files(folder, {self._tag_file(layer).name: Content(f"{commit}\n".encode("ascii"))})
        return commit

    def _folder(self, layer: GitLayer) -> Path:
        return self._cache / _short_hash(layer.url)

    def _tag_file(self, layer: GitLayer) -> Path:
        return self._folder(layer) / f"{_short_hash(layer.ref)}.tag"


def lock_name(layer: GitLayer) -> str:
    """What devenv.lock calls the layer's repository at its tag."""
    return f"{layer.url}#{layer.ref}"


def _give_name(repository: Path, target: Path) -> None:
    try:
        repository.rename(target)
    except OSError:
        if not target.is_dir():  # else another devenv was faster, with the same commit
            raise


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _check(layer: GitLayer) -> None:
    """Only what git reads as a place of a known kind, a tag and a file. Raises: LayerUnavailable."""
    url, path = layer.url, PurePosixPath(layer.file)
    scheme = url.partition("://")[0] if "://" in url else ""
    is_known = scheme in SCHEMES or (not scheme and (_LOCAL.match(url) or _SSH_SHORT.fullmatch(url)))
    if not is_known or url.startswith("-") or "::" in url or not url.isprintable():
        raise LayerUnavailable(
            f"the URL {url!r} is refused; expected https://…, ssh://…, user@host:path, file://… or a path"
        )
    if scheme == "https" and "@" in urlsplit(url).netloc:
        raise LayerUnavailable(
            "the URL says who logs in, and would be written into devenv.lock",
            hint="leave that to git's credential helper",
        )
    if layer.ref.startswith("-") or ".." in layer.ref or re.search(r"[\s\0~^:?*\[\\]", layer.ref):
        raise LayerUnavailable(f"{layer.ref!r} is no tag")
    if path.is_absolute() or ".." in path.parts or layer.file != path.as_posix():
        raise LayerUnavailable(f"{layer.file!r} is no path inside the repository")


def _moved(layer: GitLayer, locked: str, found: str) -> LayerChanged:
    return LayerChanged(
        f"the tag {layer.ref} of {layer.url} has moved: {FILE_NAME} has commit {locked}, now it is {found}",
        hint=f"`devenv lock --update {lock_name(layer)}` takes the new commit, once you looked at it",
    )


def _other_bytes(layer: GitLayer, locked: str, found: str, cache: Path) -> LayerChanged:
    return LayerChanged(
        f"{layer.file} of {lock_name(layer)} is not what {FILE_NAME} says: {locked} there, {found} here",
        hint=f"`devenv lock --update {lock_name(layer)}` takes it as it is; a damaged copy is in {cache}",
    )
