"""The kinds of values in devenv.yaml, read from what is written and not from what YAML 1.1 makes of it.

Each raises `expected(...)`; `validation` turns it into a sentence with what was found. Editors are told
the same, as far as a JSON schema can say it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from posixpath import normpath
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError

from devenv.config.document import Scalar

LONGEST_WORD_BYTES = 130_000
FIRST_TO_BEGIN_A_DAY = timedelta(hours=14)  # ahead of UTC: where it is today already
_OPERATORS = re.compile(r"[|&;<>\n]|^\s*\w+=")
_PATH = re.compile(r"[\w.@+][\w./@+, -]*")  # no line break, quote or pattern: it is written into files
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.""", re.DOTALL)


def expected(what: str, hint: str = "") -> PydanticCustomError:
    """The error "expected `what`, got …", with the next thing to try."""
    return PydanticCustomError("expected", "expected {what}", {"what": what, "hint": hint})


def wrong(message: str) -> PydanticCustomError:
    """An error whose sentence is complete."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


def misread(value: Scalar) -> PydanticCustomError:
    """The error of a number that YAML reads otherwise than it is written."""
    return wrong(f'without quotes {value.text} is the number {value.value} to YAML: write "{value.text}"')


def read_text(value: object, what: str = "text") -> str:
    """Text; a number or boolean is refused, since YAML's reading and the writer's intent may differ."""
    if isinstance(value, Scalar):
        if isinstance(value.value, str):
            return value.text
        raise expected(what, f'write "{value.text}" in quotes' if value.value is not None else "")
    if isinstance(value, str):
        return value
    raise expected(what)


def _as_written(value: object) -> str:
    """Any scalar as it is written: true, 08, 1.10, on."""
    if isinstance(value, Scalar) and value.value is not None:
        return _not_too_long(value.text)
    if isinstance(value, str):
        return _not_too_long(value)
    hint = 'write "" for an empty text' if isinstance(value, Scalar) else ""
    raise expected("text, a number or a boolean", hint)


def _not_too_long(text: str) -> str:
    """What a process can be given; Linux has a limit for each word and variable."""
    if len(text.encode()) > LONGEST_WORD_BYTES:
        raise wrong(f"a process can be given no text of more than {LONGEST_WORD_BYTES:,} bytes; use a file")
    return text


def version_of(what: str) -> Callable[[object], str]:
    """A reader of versions: text, or a number that YAML reads as it is written."""

    def read(value: object) -> str:
        if isinstance(value, Scalar) and type(value.value) in {int, float}:
            if value.exact:
                return value.text
            raise misread(value)
        return read_text(value, what)

    return read


def read_integer(value: object, what: str) -> int:
    """A whole number that YAML reads as it is written."""
    if isinstance(value, Scalar) and isinstance(value.value, int) and not isinstance(value.value, bool):
        if value.exact:
            return value.value
        raise expected(what, f'write "{value.text}" in quotes if it is text')
    if isinstance(value, int):
        return value
    raise expected(what)


def _read_port_number(value: object) -> int:
    number = read_integer(value, "a port from 1 to 65535")
    if not 1 <= number <= 65535:
        raise expected("a port from 1 to 65535")
    return number


def _read_publish(value: object) -> bool | int:
    if isinstance(value, bool) or (isinstance(value, Scalar) and isinstance(value.value, bool)):
        return _read_switch(value)
    try:
        return _read_port_number(value)
    except PydanticCustomError:
        raise expected("true, false or a port from 1 to 65535") from None


def _read_positive(value: object) -> int:
    number = read_integer(value, "a number of at least 1")
    if number < 1:
        raise expected("a number of at least 1")
    return number


def _read_switch(value: object) -> bool:
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    if isinstance(value, bool):
        return value
    raise expected("true or false")


def _read_command(value: object) -> tuple[str, ...]:
    """A list as it is; a text split as a shell would, or given to a shell when it has operators."""
    if isinstance(value, (list, tuple)):
        if not value:
            raise expected("a command")
        try:
            return tuple(_as_written(item) for item in value)
        except PydanticCustomError:
            raise wrong("every item of a command must be text") from None
    text = read_text(value, "a command (text, or a list of texts)").strip()
    if not text:
        raise expected("a command")
    _not_too_long(text)
    if _OPERATORS.search(_QUOTED.sub("", text)):
        return ("sh", "-c", text)
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise wrong("the command has a quote that is never closed") from None


def _one_command(words: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses lists of commands: no program's name has a space in it and arguments behind."""
    if len(words) > 1 and re.fullmatch(r"[\w./-]+ +\S.*", words[0]):
        joined = " && ".join(words)
        raise wrong(f"a list holds the words of one command; write several in one text: {joined}")
    return words


def _no_image(words: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses what a service is, or a key whose colon has no space behind it: no program has a colon."""
    name, colon, rest = words[0].partition(":")
    if len(words) > 1 or not (colon and re.fullmatch(_IMAGE, words[0])):
        return words
    if name in {"port", "replicas", "command", "settings", "wsgi", "asgi"}:
        raise wrong(f"a space is missing: write `{name}: {rest}`")
    raise wrong(f"{words[0]} is an image, not a command: it stands below `services:`")


def _read_cpus(value: object) -> str:
    """A number of processors as it is written."""
    text = _as_written(value) if isinstance(value, Scalar) else str(value)
    if not re.fullmatch(r"\d+(?:\.\d{1,3})?", text) or float(text) == 0:
        raise expected("a number of processors such as 2 or 0.5")
    return text


def _read_memory(value: object) -> str:
    """A number with its unit, as the engine has them."""
    text = _as_written(value) if isinstance(value, Scalar) else str(value)
    if not re.fullmatch(r"[1-9]\d*[bkmg]b?", text.lower()):
        hint = f"write {text}m for megabytes" if text.isdecimal() else ""
        if parts := re.fullmatch(r"(\d+) *([kmg])i?b?", text.lower()):
            hint = f"write {parts[1]}{parts[2]}"
        raise expected("memory such as 512m or 2g", hint)
    return text.lower()


def _read_day(value: object) -> str:
    """A day that has begun somewhere, as it is written; YAML's own dates are text here."""
    text, what = value.text if isinstance(value, Scalar) else str(value), "a date such as 2022-03-01"
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise expected(what)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise expected(what, "no month has such a day") from None
    if day > (datetime.now(UTC) + FIRST_TO_BEGIN_A_DAY).date():
        raise wrong(f"{text} is still to come; leave the key out to have what is newest")
    return text


def _below_root(path: str) -> str:
    """A place in a container, which mounting there does not make unusable."""
    if not re.fullmatch(r"/[^\0:]*", path) or ".." in path.split("/"):
        folder, _, place = path.removesuffix(":ro").partition(":")
        hint = f"write {{folder: {normpath(folder)}, path: {place}}}" if place.startswith("/") else ""
        raise expected("an absolute path in the container, such as /data", hint)
    if not path.strip("/"):
        raise wrong("the root of the container cannot be mounted over; name a folder below it")
    return normpath(path)


def one_or_more(value: object) -> object:
    """`x` is short for `[x]`."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def matching(pattern: str, what: str, likely: Callable[[str], str] = lambda _: "") -> Callable[[str], str]:
    """A check that a text is `what`, by a regular expression for the whole of it.

    `likely`: what another text was probably meant to be, "" where nobody knows.
    """
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            meant = likely(text)
            raise expected(what, f"write {meant}" if meant else "")
        return text

    return check


def _relative(text: str) -> str:
    """A path inside the project, with `/`; whether it exists is checked later."""
    if not text or text.startswith(("/", "~")) or re.match(r"[A-Za-z]:", text):
        raise expected("a path relative to the project")
    if "\\" in text:
        raise expected("a path with /", f"write {text.replace(chr(92), '/')}")
    if not text.isprintable():
        raise expected("a path with /", "in double quotes a backslash begins an escape")
    if not _PATH.fullmatch(text):
        raise expected("a path of letters, digits, spaces and . _ - @ + , /")
    return text


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-_") if text.isascii() else ""


def _name_meant(text: str) -> str:
    """Without the value, where it is only the space after the colon that is missing."""
    name, colon, value = text.partition(":")
    return f"`{name}: {value}`, with a space" if colon and value.isascii() else _slug(text)


def _dotted_module(text: str) -> str:
    module, colon, attribute = text.partition(":")
    plain = module.removesuffix(".py").strip("./").replace("/", ".")
    return f"{plain}{colon}{attribute}" if "/" in text and re.fullmatch(r"[\w.]+", plain) else ""


def _packages(text: str) -> str:
    names = re.split(r"[\s,]+", text.strip())
    is_list = len(names) > 1 and all(re.fullmatch(_APT_PACKAGE, name) for name in names)
    return f"[{', '.join(names)}]" if is_list else ""


_MODULE = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_IMAGE = (
    r"(?:[a-zA-Z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*"
    r"(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
RESERVED_NAMES = ("all", "devenv", "localhost")


def _not_reserved(name: str) -> str:
    if name in RESERVED_NAMES:
        raise wrong(f"the name {name} is reserved; choose another")
    return name


JsonSchema: TypeAlias = dict[str, Any]  # what an editor is told; never stricter than what is read here
_Item = TypeVar("_Item")


class OneValue:
    """Marks a list that is one value to layers: one replaces the other."""


class ItemOrList:
    """The JSON schema of `one_or_more`, and to layers the mark of a list that is added to."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        several = handler(core)
        return {"anyOf": [several["items"], several]}


def _written_as(*types: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": types[0] if len(types) == 1 else [*types], **more})


def _text_matching(pattern: str) -> WithJsonSchema:
    return _written_as("string", pattern=f"^(?:{pattern})$")


_SCALAR = ("string", "number", "boolean")
_PORT = _written_as("integer", minimum=1, maximum=65535)
_SPACELESS = _text_matching(r"\S+")  # letters of all alphabets: patterns of JSON schemas know ASCII only
_COMMAND = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": [*_SCALAR]}, "minItems": 1}]}
)
_PROJECT_NAME = r"[a-z0-9][a-z0-9_-]{0,62}"
_HOST_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
_ENV_NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
_APT_PACKAGE = r"[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?(?:=[\w.+:~-]+)?"

Text: TypeAlias = Annotated[str, BeforeValidator(read_text)]
Pattern: TypeAlias = Annotated[
    str,
    BeforeValidator(read_text),
    AfterValidator(matching(r"[^\n\r]{1,4096}", "a pattern of git's, on one line")),
    _written_as("string", maxLength=4096),
]
Cpus: TypeAlias = Annotated[str, BeforeValidator(_read_cpus), _written_as("number", "string")]
Memory: TypeAlias = Annotated[str, BeforeValidator(_read_memory), _written_as("string")]
Day: TypeAlias = Annotated[str, BeforeValidator(_read_day), _written_as("string", format="date")]
MountPath: TypeAlias = Annotated[
    str, BeforeValidator(read_text), AfterValidator(_below_root), _text_matching(r"/.+")
]
OneOrMore: TypeAlias = Annotated[tuple[_Item, ...], BeforeValidator(one_or_more), ItemOrList()]
EnvText: TypeAlias = Annotated[str, BeforeValidator(_as_written), _written_as(*_SCALAR)]
Version: TypeAlias = Annotated[
    str,
    BeforeValidator(version_of('a version such as "17"')),
    AfterValidator(matching(r"\w[\w.-]{0,127}", 'a version such as "17"')),
    _written_as("string", "number"),
]
PortNumber: TypeAlias = Annotated[int, BeforeValidator(_read_port_number), _PORT]
HostName: TypeAlias = Annotated[
    str,
    BeforeValidator(read_text),
    AfterValidator(matching(_HOST_NAME, 'a name of this machine, such as "127.0.0.1"')),
    _text_matching(_HOST_NAME),
]
Switch: TypeAlias = Annotated[bool, BeforeValidator(_read_switch)]
Publish: TypeAlias = Annotated[
    bool | int,
    BeforeValidator(_read_publish),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, _PORT.json_schema]}),
]
Positive: TypeAlias = Annotated[int, BeforeValidator(_read_positive), _written_as("integer", minimum=1)]
Rank: TypeAlias = Annotated[int, BeforeValidator(lambda value: read_integer(value, "a whole number"))]
Command: TypeAlias = Annotated[
    tuple[str, ...], BeforeValidator(_read_command), AfterValidator(_one_command), _COMMAND
]
RunCommand: TypeAlias = Annotated[Command, AfterValidator(_no_image)]
RelativePath: TypeAlias = Annotated[
    str, BeforeValidator(read_text), AfterValidator(_relative), _text_matching(r"(?![/~]|[A-Za-z]:)[^\\]+")
]
ProjectName: TypeAlias = Annotated[
    str,
    BeforeValidator(read_text),
    AfterValidator(matching(_PROJECT_NAME, "lower-case letters, digits, - and _, such as bookstore", _slug)),
    _text_matching(_PROJECT_NAME),
]
Name: TypeAlias = Annotated[
    str,
    AfterValidator(matching(_PROJECT_NAME, "a name of lower-case letters, digits, - and _", _name_meant)),
    AfterValidator(_not_reserved),
    _text_matching(rf"(?!(?:{'|'.join(RESERVED_NAMES)})$){_PROJECT_NAME}"),
]
VolumeName: TypeAlias = Annotated[
    str,
    AfterValidator(matching(_PROJECT_NAME, "a volume's name of lower-case letters, digits, - and _")),
    _text_matching(_PROJECT_NAME),
]
EnvName: TypeAlias = Annotated[
    str, AfterValidator(matching(_ENV_NAME, "a variable's name such as DEBUG")), _text_matching(_ENV_NAME)
]
Prefix: TypeAlias = Annotated[
    str,
    BeforeValidator(read_text),
    AfterValidator(matching(_ENV_NAME, "the beginning of variables' names such as DB")),
    _text_matching(_ENV_NAME),
]
Module: TypeAlias = Annotated[
    str,
    BeforeValidator(read_text),
    AfterValidator(matching(_MODULE, "a module such as bookstore.settings")),
    _text_matching(r"[^\s/:]+"),
]
ServedObject: TypeAlias = Annotated[
    str,
    BeforeValidator(read_text),
    AfterValidator(
        matching(
            rf"{_MODULE}(?::{_MODULE})?",
            "a module and attribute such as bookstore.wsgi:application",
            lambda text: "" if text.endswith(".py") else _dotted_module(text),
        )
    ),
    _text_matching(r"[^\s/:]+(?::[^\s/:]+)?"),
]
Image: TypeAlias = Annotated[
    str,
    BeforeValidator(read_text),
    AfterValidator(matching(_IMAGE, "an image such as postgres:17")),
    _SPACELESS,
]
AptPackage: TypeAlias = Annotated[
    str,
    BeforeValidator(read_text),
    AfterValidator(matching(_APT_PACKAGE, "a Debian package such as libmagic1", _packages)),
    _SPACELESS,
]
Env: TypeAlias = dict[EnvName, EnvText]
