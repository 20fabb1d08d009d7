"""A devenv.yaml and all that it extends, each file once, a file after those that it builds on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import dirname, normpath
from typing import Literal

from devenv.config.document import Document, Tree
from devenv.config.document import Path as Key
from devenv.config.layer_model import ExtendsSection, disagreement
from devenv.config.layering import FetchedLayer, FetchLayer, GitLayer, LayerInForce
from devenv.config.loader import Unparsable, read_document
from devenv.config.merging import Part, part_of, settled
from devenv.config.model import STAND_INS, DevenvYaml
from devenv.config.problems import Problem, Sources, config_error, likely
from devenv.config.reading import NOT_THERE
from devenv.config.requires import check_version
from devenv.config.validation import Validated, validate
from devenv.errors import ConfigError, DevenvError

STRUCTURE = ("requires", "extends", "profiles", "use_profiles")
MAX_FILES = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerFile:
    """A file that was read; `head`: what it says about layers."""

    source: LayerInForce
    document: Document
    head: DevenvYaml | None

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles that it says something of, in the right form."""
        return tuple(self.head.profiles) if self.head else ()


@dataclass(frozen=True, slots=True)
class Layer:
    """What is in force, and what it says."""

    source: LayerInForce
    part: Part


class Extending:
    """Files as they are found, lowest first, and what is wrong with what they say of each other.

    `files`: gets all that decide, also by not being there. `sources`: the texts that messages may show.
    `is_whole`: every layer was read. `unavailable`: why a layer of a repository could not be had.
    """

    def __init__(self, root: Path, fetch: FetchLayer, files: list[Path]) -> None:
        self.found: list[LayerFile] = []
        self.problems: list[Problem] = []
        self.files = files
        self.sources: dict[str, str] = {}
        self.requires: list[str] = []
        self.is_whole = True
        self.unavailable: DevenvError | None = None
        self._root = root
        self._fetch = fetch

    def read(self, file: Path, *, may_be_empty: bool = False) -> Document | None:
        """A file of the project's own, None (and problems) where it holds no tree. Raises: ConfigError."""
        self.files.append(file)
        return self._tree(bytes_of(file), file.name, may_be_empty=may_be_empty)

    def add_file(self, file: Path, kind: Literal["project", "local"], document: Document) -> None:
        """A file of the project's own, over all that was found before. Raises: WrongVersion."""
        self._add(
            LayerInForce(name=document.file, kind=kind, file_name=document.file, file=file), document, ()
        )

    def error(self, file: Path, problems: Iterable[Problem], sources: Sources) -> DevenvError:
        """All problems as one; what a repository could not give decides what is to be done about it."""
        said = config_error(file.name, problems, {**self.sources, **sources})
        if (cause := self.unavailable) is None:
            return said
        details = "\n".join(filter(None, [said.details, cause.details]))
        return type(cause)(cause.summary, details=details, hint=cause.hint)

    def _tree(self, data: bytes, name: str, *, may_be_empty: bool = True) -> Document | None:
        try:
            return read_document(data, name, may_be_empty=may_be_empty)
        except Unparsable as error:
            self.is_whole = False
            self.problems += error.problems
            self.sources[name] = error.text
            return None

    def _add(self, source: LayerInForce, document: Document, above: tuple[LayerInForce, ...]) -> None:
        self.sources[document.file] = document.text
        if wanted := check_version(document):
            self.requires.append(wanted)
        head = _head(document)
        self.problems += [*document.problems, *head.problems, *_disagreements(document)]
        file = LayerFile(source=source, document=document, head=head.value)
        asked = [*_asked(head)]
        self.is_whole = self.is_whole and len(asked) == _number_of(document.at(("extends",)))
        for key, section in asked:
            if below := self._source(file, key, section):
                self._ask(file, key, below, (*above, source))
        self.found.append(file)

    def _ask(self, file: LayerFile, key: Key, below: LayerInForce, chain: tuple[LayerInForce, ...]) -> None:
        """Add what a file extends, unless it is there."""
        if _place(below) in map(_place, chain):
            names = " → ".join(each.name for each in (*chain, below))
            self._complain(file, key, f"a file cannot extend itself: {names}")
        elif _place(below) in [_place(each.source) for each in self.found]:
            return
        elif len(self.found) + len(chain) >= MAX_FILES:
            self._complain(file, key, f"more than {MAX_FILES} files extend each other")
        elif (read := self._read(file, key, below)) is not None:
            source, data = read
            if document := self._tree(data, source.name):
                self._add(source, document, chain)

    def _source(self, file: LayerFile, key: Key, section: ExtendsSection) -> LayerInForce | None:
        """What `extends` names, None (and a problem) where that cannot be."""
        asker = file.source
        if section.git is None and "://" in section.file:
            form = f"{{git: {section.file}, tag: v1, file: devenv.yaml}}"
            self._complain(file, key, f"{section.file} is no file; a repository is written {form}")
            return None
        if section.git is None and asker.git is None:
            assert asker.file is not None
            path = Path(os.path.normpath(asker.file.parent / section.file))
            name = _shown(path, self._root)
            return LayerInForce(name=name, kind="base", file_name=name, file=path)
        folder = dirname(asker.git.file) if asker.git and section.git is None else ""
        git = GitLayer(
            url=section.git or (asker.git.url if asker.git else ""),
            ref=section.tag or section.commit or (asker.git.ref if asker.git else ""),
            file=normpath(f"{folder}/{section.file}".lstrip("/")),
            origin=file.document.origin(key),
        )
        if git.file.startswith("../"):
            self._complain(file, key, f"{section.file} lies outside the repository")
            return None
        return LayerInForce(name=git.name, kind="base", file_name=git.name, git=git)

    def _read(self, file: LayerFile, key: Key, source: LayerInForce) -> tuple[LayerInForce, bytes] | None:
        """The layer with its commit, and its bytes; None (and a problem) where it cannot be read."""
        if source.git:
            fetched = self._fetched(file, key, source.git)
            return (replace(source, commit=fetched.commit), fetched.data) if fetched else None
        assert source.file is not None
        self.files.append(source.file)
        try:
            return source, source.file.read_bytes()
        except FileNotFoundError:
            self._complain(file, key, f"{source.name}: {NOT_THERE}{_guess(source.file, file.source.file)}")
        except IsADirectoryError:
            self._complain(file, key, f"{source.name} is a folder; expected {source.name}/devenv.yaml")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self._complain(file, key, f"{source.name} cannot be read: {reason}")
        return None

    def _fetched(self, file: LayerFile, key: Key, layer: GitLayer) -> FetchedLayer | None:
        """The layer, None (and a problem at the line that asks for it) where it cannot be had."""
        try:
            return self._fetch(layer)
        except DevenvError as error:
            self.unavailable = self.unavailable or error
            self._complain(file, key, error.summary)
            return None

    def _complain(self, file: LayerFile, key: Key, message: str) -> None:
        self.is_whole = False
        self.problems.append(file.document.problem(file.document.written(key), message))


def _head(document: Document) -> Validated[DevenvYaml]:
    """The keys about layers, alone."""
    whole = part_of(document)
    assert isinstance(whole.content, Mapping)
    structure = {key: part for key, part in whole.content.items() if key in STRUCTURE}
    tree = settled(replace(whole, content=structure), document.file).tree
    return validate(DevenvYaml, replace(document, tree=tree), STAND_INS, partial=True)


def without_structure(part: Part) -> Part:
    """A layer without the keys about layers."""
    assert isinstance(part.content, Mapping)
    return replace(part, content={key: each for key, each in part.content.items() if key not in STRUCTURE})


def bytes_of(file: Path) -> bytes:
    """A file of the project's own. Raises: ConfigError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}") from None


def _asked(head: Validated[DevenvYaml]) -> Iterator[tuple[Key, ExtendsSection]]:
    """What a file extends, each with its key; left out are those of which it is not known where they are."""
    sections = head.value.extends if head.value else ()
    left_out = [key for key in head.left_out if key[0] == "extends"]
    gone = {key[1] for key in left_out if len(key) == 2}
    in_doubt = {key[1] for key in left_out if key[2:] and key[2] in ExtendsSection.model_fields}
    indices = (index for index in range(len(sections) + len(gone)) if index not in gone)
    for index, section in zip(indices, sections, strict=True):
        if index not in in_doubt and not disagreement(section.model_fields_set):
            yield ("extends", index), section


def _number_of(extends: Tree | None) -> int:
    """How many layers are asked for, be it rightly or wrongly."""
    return len(extends) if isinstance(extends, list) else int(extends is not None)


def _disagreements(document: Document) -> Iterator[Problem]:
    """What is wrong with the keys of each item of `extends` together, be each right or wrong."""
    extends = document.at(("extends",))
    items = extends if isinstance(extends, list) else [extends]
    for index, item in enumerate(items):
        if isinstance(item, dict) and (message := disagreement({*map(_meant, item)})):
            yield document.problem(document.written(("extends", index)), message)


def _meant(key: str) -> str:
    """A key as it is probably to be spelt."""
    known = ExtendsSection.model_fields
    return key if key in known else likely(key, known)


def _place(source: LayerInForce) -> tuple[object, ...]:
    """What makes two layers the same file."""
    git = source.git
    return (git.url, git.ref, git.file) if git else (source.file,)


def _guess(file: Path, asker: Path | None) -> str:
    """The file beside it that was probably meant, for the end of a message."""
    guess = likely(file.name, [each.name for each in file.parent.glob("*.y*ml") if each != asker])
    return f"; did you mean {guess}?" if guess else ""


def _shown(path: Path, root: Path) -> str:
    """A file's name in messages: as it would be typed in devenv.yaml's folder."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()
