"""The door to yaml: bytes of a file -> Document, or a ConfigError with a line and a column.

It works on the parser's events, so that depth and size are bounded before anything is built, and an alias can
be neither recursive nor a bomb.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from devenv.config.document import Document, Path, Scalar, Tree, dotted
from devenv.config.environment import Origin
from devenv.config.problems import Problem, config_error
from devenv.config.yaml_words import explain
from devenv.errors import ConfigError

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_VALUES = 100_000  # after aliases are expanded

_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD = "tag:yaml.org,2002:"
_CONSTRUCTORS = {
    _STANDARD + "int": yaml.SafeLoader.construct_yaml_int,
    _STANDARD + "float": yaml.SafeLoader.construct_yaml_float,
    _STANDARD + "bool": yaml.SafeLoader.construct_yaml_bool,
    _STANDARD + "null": lambda _loader, _node: None,
}
_TEXT_TAGS = {_STANDARD + kind for kind in ("str", "timestamp", "value", "merge")}
_UNREADABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_UNUSABLE = re.compile(r"[\0\ud800-\udfff]")  # escapes can write them; no environment variable can hold them


def read_document(data: bytes, file: str) -> Document:
    """The tree of a file's bytes; `file` is its name in messages.

    Raises: ConfigError where there is no tree: the text is not YAML, or no mapping.
    """
    text = _decode(data, file)
    composer = _Composer(text, file)
    root = composer.compose()
    if root is None:
        raise _fatal(file, text, 0, 'the file is empty: begin with `name: myproject` and `python: "3.13"`')
    flattener = _Flattener(file, composer.problems)
    tree = flattener.flatten(root, ())
    if not isinstance(tree, dict):
        raise config_error(
            file, [Problem(root.origin, "", f"expected `key: value` lines, got {_kind(tree)}")]
        )
    return Document(file=file, tree=tree, origins=flattener.origins, problems=tuple(composer.problems))


def _kind(tree: Tree) -> str:
    return "a list" if isinstance(tree, list) else "a single value"


def _decode(data: bytes, file: str) -> str:
    """Bytes to text, all that YAML cannot hold being refused here, by line and column."""
    if len(data) > MAX_BYTES:
        raise _fatal(file, "", 0, f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    if data.startswith(codecs.BOM_UTF8):
        raise _fatal(
            file, "", 0, "the file begins with a byte order mark (BOM): save it as UTF-8 without BOM"
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _fatal(file, "", 0, "the file is UTF-16: save it as UTF-8")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        raise _fatal(
            file, before, len(before), f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8"
        ) from None
    if unreadable := _UNREADABLE.search(text):
        raise _fatal(
            file, text, unreadable.start(), f"character U+{ord(unreadable[0]):04X} is not allowed: remove it"
        )
    return text


def _fatal(file: str, text: str, index: int, message: str) -> ConfigError:
    before = text[:index]
    origin = Origin(file, before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)
    return config_error(file, [Problem(origin, "", message)])


@dataclass(frozen=True, slots=True)
class _Node:
    """A value before aliases and merge keys are expanded."""

    origin: Origin
    content: Scalar | list[_Node] | list[tuple[_Node, _Node]]
    is_mapping: bool = False
    is_merge: bool = False  # the key `<<`


class _Composer:
    """Events -> nodes. Trouble with one value goes to `problems`; what ends the parse is raised."""

    def __init__(self, text: str, file: str) -> None:
        self.problems: list[Problem] = []
        self._text = text
        self._lines = text.splitlines() or [""]
        self._file = file
        self._loader = _SafeLoader(text)
        self._anchors: dict[str, _Node | None] = {}  # None while its value is still being read

    def compose(self) -> _Node | None:
        """The one document of the file, None when there is nothing in it."""
        try:
            self._next()  # the stream begins
            if isinstance(self._next(), yaml.StreamEndEvent):
                return None
            root = self._node(self._next(), depth=0)
            self._next()  # the document ends
            event = self._next()
            if not isinstance(event, yaml.StreamEndEvent):
                raise self._stop(event, "a second document begins here (`---`); a file holds one")
        except yaml.MarkedYAMLError as error:
            raise self._unparsable(error) from None
        except yaml.YAMLError as error:
            raise _fatal(self._file, "", 0, f"not valid YAML: {error}") from None
        empty = isinstance(root.content, Scalar) and root.content.value is None
        return None if empty else root

    def _next(self) -> Any:
        return self._loader.get_event()

    def _node(self, event: yaml.Event, depth: int) -> _Node:
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        if depth > MAX_DEPTH:
            raise self._stop(event, f"nested more than {MAX_DEPTH} deep")
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = None
        node = self._content(event, depth)
        if anchor:
            self._anchors[anchor] = node
        return node

    def _aliased(self, event: yaml.AliasEvent) -> _Node:
        name = event.anchor
        if name not in self._anchors:
            raise self._stop(
                event,
                f"*{name} is an alias and no anchor &{name} comes before it; if it is text, put it in quotes",
            )
        target = self._anchors[name]
        if target is None:
            raise self._stop(event, f"*{name} contains itself")
        return target

    def _content(self, event: yaml.Event, depth: int) -> _Node:
        origin = self._origin(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            scalar, tag = self._scalar(event, origin)
            return _Node(origin, scalar, is_merge=tag == _STANDARD + "merge")
        if event.tag not in (None, "!", _STANDARD + "map", _STANDARD + "seq"):
            self._refuse_tag(origin, event.tag)
        if isinstance(event, yaml.SequenceStartEvent):
            return _Node(origin, [self._node(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)])
        pairs = []
        for key in self._until(yaml.MappingEndEvent):
            key_node = self._node(key, depth + 1)
            pairs.append((key_node, self._node(self._next(), depth + 1)))
        return _Node(origin, pairs, is_mapping=True)

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := self._next(), end):
            yield event

    def _scalar(self, event: yaml.ScalarEvent, origin: Origin) -> tuple[Scalar, str]:
        """The scalar and its tag: what is written, and what YAML 1.1 makes of it."""
        text = event.value
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._loader.resolve(yaml.ScalarNode, text, event.implicit)
        if unusable := _UNUSABLE.search(text):
            self.problems.append(
                Problem(origin, "", f"character U+{ord(unusable[0]):04X} is not allowed in a value")
            )
            text = _UNUSABLE.sub("", text)
        if tag in _CONSTRUCTORS:
            return Scalar(text, self._constructed(tag, text, origin)), tag
        if tag not in _TEXT_TAGS:
            self._refuse_tag(origin, tag)
        return Scalar(text, text), tag

    def _constructed(self, tag: str, text: str, origin: Origin) -> str | int | float | bool | None:
        try:
            return _CONSTRUCTORS[tag](_CONSTRUCTOR, yaml.ScalarNode(tag, text))  # type: ignore[no-any-return]
        except (ValueError, KeyError, IndexError):
            if len(text) < 1000:
                self.problems.append(
                    Problem(origin, "", f"{text!r} is not what its tag says; remove the tag")
                )
            return text

    def _refuse_tag(self, origin: Origin, tag: str) -> None:
        shown = tag.replace(_STANDARD, "!!")
        self.problems.append(Problem(origin, "", f"the tag {shown} is not allowed: write the plain value"))

    def _origin(self, mark: yaml.Mark) -> Origin:
        """A mark within the file: the parsers put what is missing at the end on a line after the last."""
        line = min(mark.line, len(self._lines) - 1)
        column = mark.column if line == mark.line else len(self._lines[line])
        return Origin(self._file, line + 1, column + 1)

    def _stop(self, event: yaml.Event, message: str) -> ConfigError:
        return config_error(
            self._file, [*self.problems, Problem(self._origin(event.start_mark), "", message)]
        )

    def _unparsable(self, error: yaml.MarkedYAMLError) -> ConfigError:
        mark = error.problem_mark or error.context_mark
        if "end of stream" in (error.problem or "") and error.context_mark:
            mark = error.context_mark  # where the quote was opened
        origin = self._origin(mark) if mark else Origin(self._file, 1, 1)
        character = self._lines[origin.line - 1][origin.column - 1 : origin.column]
        message = explain(error.problem or str(error), character)
        return config_error(self._file, [*self.problems, Problem(origin, "", message)])


_CONSTRUCTOR = yaml.SafeLoader("")


class _Flattener:
    """Nodes -> the tree and the origin of every path; aliases and merge keys become plain values."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.origins: dict[Path, Origin] = {}
        self._file = file
        self._problems = problems
        self._read: dict[int, dict[str, tuple[_Node, _Node]]] = {}  # a mapping merged often is read once

    def flatten(self, node: _Node, path: Path) -> Tree:
        """The tree below `node`, which stands at `path`."""
        if len(self.origins) > MAX_VALUES:
            raise config_error(
                self._file,
                [Problem(node.origin, dotted(path), f"aliases make more than {MAX_VALUES:,} values")],
            )
        if isinstance(node.content, Scalar):
            return node.content
        if not node.is_mapping:
            return [
                self._placed(item.origin, item, (*path, index)) for index, item in enumerate(node.content)
            ]  # type: ignore[arg-type,union-attr]
        return {
            name: self._placed(key.origin, value, (*path, name))
            for name, (key, value) in self._entries(node, path).items()
        }

    def _placed(self, origin: Origin, node: _Node, path: Path) -> Tree:
        self.origins[path] = origin
        return self.flatten(node, path)

    def _entries(self, node: _Node, path: Path) -> dict[str, tuple[_Node, _Node]]:
        """The keys of a mapping in the file's order; its own win over those that `<<` brings."""
        if id(node) not in self._read:
            self._read[id(node)] = self._read_entries(node, path)
        return self._read[id(node)]

    def _read_entries(self, node: _Node, path: Path) -> dict[str, tuple[_Node, _Node]]:
        own: dict[str, tuple[_Node, _Node]] = {}
        merged: dict[str, tuple[_Node, _Node]] = {}
        for key, value in node.content:  # type: ignore[misc,union-attr]
            if key.is_merge:
                for source in self._merge_sources(value, path):
                    merged = {**self._entries(source, path), **merged}
            elif (name := self._key(key, path)) is not None:
                if name in own:
                    self._complain(
                        key,
                        (*path, name),
                        f"the key is written twice, first at line {own[name][0].origin.line}: keep one",
                    )
                else:
                    own[name] = (key, value)
        return {**merged, **own}

    def _merge_sources(self, value: _Node, path: Path) -> list[_Node]:
        sources = [value] if value.is_mapping or isinstance(value.content, Scalar) else value.content
        mappings = [source for source in sources if isinstance(source, _Node) and source.is_mapping]
        if len(mappings) != len(sources):
            self._complain(
                value, (*path, "<<"), "expected an alias of a mapping, such as *defaults, or a list of them"
            )
        return mappings

    def _key(self, key: _Node, path: Path) -> str | None:
        if not isinstance(key.content, Scalar):
            self._complain(key, path, "a key must be text, not a list or mapping")
        elif not isinstance(key.content.value, str):
            shown = key.content.text
            message = f'the key {shown} is not text to YAML: write "{shown}"' if shown else "a key is empty"
            self._complain(key, path, message)
        else:
            return key.content.text
        return None

    def _complain(self, node: _Node, path: Path, message: str) -> None:
        self._problems.append(Problem(node.origin, dotted(path), message))
