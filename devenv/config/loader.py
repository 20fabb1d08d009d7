"""The door to yaml: bytes of a file -> Document, or a ConfigError with a line and a column.

It works on the parser's events, so that a file is refused for its depth before anything is built of it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from devenv.config.document import Document, Mark, Scalar
from devenv.config.environment import Origin
from devenv.config.lookalikes import SPACES, told
from devenv.config.nodes import MAX_DEPTH, Flattening, Items, Leaf, Node, Pairs
from devenv.config.problems import Problem, config_error, likely, lines_of
from devenv.config.yaml_words import explain
from devenv.errors import ConfigError

MAX_BYTES = 1_000_000

_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it was compiled
_PURE: Any = yaml.SafeLoader("")
_STANDARD = "tag:yaml.org,2002:"
_READERS: dict[str, Callable[[yaml.ScalarNode], int | float | bool | None]] = {
    f"{_STANDARD}int": _PURE.construct_yaml_int,
    f"{_STANDARD}float": _PURE.construct_yaml_float,
    f"{_STANDARD}bool": _PURE.construct_yaml_bool,
    f"{_STANDARD}null": lambda _node: None,
}
_MERGE = f"{_STANDARD}merge"
_TEXT_TAGS = {_MERGE, *(f"{_STANDARD}{kind}" for kind in ("str", "timestamp", "value"))}
_COLLECTION_TAGS = {None, "!", f"{_STANDARD}map", f"{_STANDARD}seq"}
_MARKS = {str(mark): mark for mark in Mark}
_UNREADABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_UNUSABLE = re.compile(r"[\0\ud800-\udfff]")  # escapes can write them; no environment variable can hold them


class Unparsable(ConfigError):
    """There is no tree: the text is not YAML, or no mapping. `text`: what `problems` are about."""

    problems: tuple[Problem, ...] = ()
    text: str = ""


def read_document(data: bytes, file: str, *, may_be_empty: bool = False) -> Document:
    """The tree of a file's bytes; `file` is its name in messages.

    Raises: Unparsable.
    """
    text = _decode(data, file)
    composer = _Composer(text, file)
    root = composer.compose()
    if root is None and may_be_empty:
        root = Pairs(Origin(file, 1, 1), [])
    if root is None:
        raise _stop(file, "", 'the file is empty: begin with `name: myproject` and `python: "3.13"`')
    if not isinstance(root, Pairs):
        found = "a list" if isinstance(root, Items) else "a single value"
        problem = Problem(root.origin, "", f"expected `key: value` lines, got {found}")
        raise _unparsable(file, text, problem)
    if root.mark:
        problem = Problem(
            root.origin, "", f"{root.mark} is of keys: write it after one, `services: {root.mark}`"
        )
        raise _unparsable(file, text, problem)
    flattening = Flattening(file, text)
    tree = flattening.tree(root)
    return Document(
        file=file,
        text=text,
        tree=tree,
        origins=flattening.origins,
        problems=(*composer.problems, *flattening.problems),
        marks=flattening.marks,
    )


def read_scalar(text: str) -> Scalar:
    """A value that stands in no file: a number or boolean where YAML reads it as it is written, else text."""
    tag = _PURE.resolve(yaml.ScalarNode, text, (True, False))
    scalar = Scalar(text, _value(tag, text))
    return scalar if scalar.exact else Scalar(text, text)


def _value(tag: str, text: str) -> str | int | float | bool | None:
    """What the tag makes of the text; the text itself where that is impossible (`!!int x`)."""
    try:
        return _READERS[tag](yaml.ScalarNode(tag, text)) if tag in _READERS else text
    except (ValueError, LookupError):
        return text


def _decode(data: bytes, file: str) -> str:
    """Bytes to text; what YAML cannot hold is refused here, at its line and column."""
    if len(data) > MAX_BYTES:
        raise _stop(file, "", f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    if data.startswith(codecs.BOM_UTF8):
        raise _stop(file, "", "the file begins with a byte order mark (BOM): save it as UTF-8 without BOM")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _stop(file, "", "the file is UTF-16: save it as UTF-8")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8"
        raise _stop(file, before, message, data.decode(errors="replace")) from None
    if unreadable := _UNREADABLE.search(text):
        message = f"the character U+{ord(unreadable[0]):04X} is not allowed: remove it"
        raise _stop(file, text[: unreadable.start()], message, text)
    return text


def _stop(file: str, before: str, message: str, text: str = "") -> Unparsable:
    """The error of the character that follows what is `before` it in `text`."""
    lines = lines_of(f"{before}.")
    return _unparsable(file, text, Problem(Origin(file, len(lines), len(lines[-1])), "", message))


def _unparsable(file: str, text: str, *problems: Problem) -> Unparsable:
    said = config_error(file, problems, {file: text})
    error = Unparsable(said.summary, details=said.details, hint=said.hint)
    error.problems, error.text = problems, text
    return error


class _Composer:
    """The parser's events -> nodes. Trouble with one value goes to `problems`; the rest is raised."""

    def __init__(self, text: str, file: str) -> None:
        self.problems: list[Problem] = []
        self._text = text
        self._lines = lines_of(text) or [""]
        self._file = file
        self._loader = _SafeLoader(text)
        self._anchors: dict[str, Node | None] = {}  # None until the value is complete
        self._brackets: list[Origin] = []  # where those that are not closed yet stand

    def compose(self) -> Node | None:
        """The one document of the file, None where there is nothing in it."""
        try:
            self._next()  # the stream begins
            if isinstance(self._next(), yaml.StreamEndEvent):
                return None
            root = self._node(self._next(), depth=0)
            self._next()  # the document ends
            event = self._next()
        except yaml.MarkedYAMLError as error:
            raise self._unparsable(error) from None
        except yaml.YAMLError as error:
            raise _stop(self._file, "", f"not valid YAML: {error}") from None
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._refused(event, "a second document begins here (`---`); a file holds one")
        return None if isinstance(root, Leaf) and root.scalar.value is None else root

    def _next(self) -> Any:
        return self._loader.get_event()

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._refused(event, f"nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        node = self._leaf(event) if isinstance(event, yaml.ScalarEvent) else self._collection(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _aliased(self, event: Any) -> Node:
        name = event.anchor
        if name not in self._anchors:
            near = likely(name, self._anchors)
            meant = f"did you mean *{near}?" if near else "if it is text, put it in quotes"
            message = f"no anchor &{name} comes before the alias *{name}; {meant}"
            raise self._refused(event, message)
        if (node := self._anchors[name]) is None:
            raise self._refused(event, f"*{name} contains itself")
        return node

    def _collection(self, event: Any, depth: int) -> Node:
        origin = self._origin(event.start_mark)
        mark = _MARKS.get(event.tag)
        if event.tag not in _COLLECTION_TAGS and mark is None:
            self._refuse_tag(origin, event.tag)
        if event.flow_style:
            self._brackets.append(origin)
        node: Items | Pairs
        if isinstance(event, yaml.SequenceStartEvent):
            items = [self._node(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)]
            node = Items(origin, items, mark)
        else:
            node = Pairs(origin, self._pairs(depth), mark)
        if event.flow_style:
            self._brackets.pop()
        return node

    def _pairs(self, depth: int) -> list[tuple[Node, Node]]:
        pairs = []
        for key in self._until(yaml.MappingEndEvent):
            if isinstance(key, yaml.ScalarEvent) and not key.style and key.value[:1] in {*SPACES}:
                raise self._refused(key, f"{told(key.value[0])}; YAML is indented with plain spaces")
            key_node = self._node(key, depth + 1)
            pairs.append((key_node, self._node(self._next(), depth + 1)))
        return pairs

    def _until(self, end: type[yaml.Event]) -> Iterator[Any]:
        while not isinstance(event := self._next(), end):
            yield event

    def _leaf(self, event: Any) -> Leaf:
        """A scalar: what is written, and what YAML 1.1 makes of it."""
        origin = self._origin(event.start_mark)
        text = event.value
        if unusable := _UNUSABLE.search(text):
            message = f"the character U+{ord(unusable[0]):04X} is not allowed in a value: remove it"
            self.problems.append(Problem(origin, "", message))
            text = _UNUSABLE.sub("", text)
        tag, mark = event.tag, _MARKS.get(event.tag)
        if tag in {None, "!"} or mark:
            implicit = (not event.style, False) if mark else event.implicit
            tag = self._loader.resolve(yaml.ScalarNode, text, implicit)
        elif tag not in _READERS and tag not in _TEXT_TAGS:
            if not text and tag.startswith("!"):  # a pattern of git's, such as !media/
                text = tag
                self.problems.append(Problem(origin, "", f'what begins with ! stands in quotes: "{tag}"'))
            else:
                self._refuse_tag(origin, tag)
        return Leaf(origin, Scalar(text, _value(tag, text)), is_merge=tag == _MERGE, mark=mark)

    def _refuse_tag(self, origin: Origin, tag: str) -> None:
        shown = tag.replace(_STANDARD, "!!")
        self.problems.append(Problem(origin, "", f"the tag {shown} is not allowed: write the plain value"))

    def _origin(self, mark: Any) -> Origin:
        """A mark, kept within the file: what is missing at the end is marked on a line after the last."""
        line = min(mark.line, len(self._lines) - 1)
        column = mark.column if line == mark.line else len(self._lines[line])
        return Origin(self._file, line + 1, column + 1)

    def _refused(self, event: Any, message: str) -> Unparsable:
        problem = Problem(self._origin(event.start_mark), "", message)
        return self._error(problem)

    def _unparsable(self, error: yaml.MarkedYAMLError) -> Unparsable:
        problem = error.problem or str(error)
        found = self._origin(error.problem_mark)
        begun = self._origin(error.context_mark) if error.context_mark else found
        place, message = explain(problem, self._lines, begun, found, self._brackets[-1:])
        return self._error(Problem(place, "", message))

    def _error(self, problem: Problem) -> Unparsable:
        return _unparsable(self._file, self._text, *self.problems, problem)
