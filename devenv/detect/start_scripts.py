"""What a project's own container does at each start beside serving: the commands of its start script."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import basename, dirname

from devenv.detect.compose_file import ComposeService
from devenv.detect.dockerfiles import start_of
from devenv.detect.finding import Place
from devenv.detect.tree import Tree

_OPENS = frozenset(("if", "for", "while", "until", "case", "select", "{", "("))
_CLOSES = frozenset(("fi", "done", "esac", "}", ")"))
_TESTS = frozenset(("[", "[[", "test", "!"))
_ERREXIT = re.compile(r"^\s*set\s+(?:-[a-z]*e|-o\s+errexit)|^#!\S*sh\s+-[a-z]*e", re.MULTILINE)
_HEREDOC = re.compile(r"<<-?\s*[\"']?(\w+)")
_MANAGE = re.compile(r"(?:.*/)?manage(?:\.py)?|django-admin(?:\.py)?")
_SAID = frozenset(("echo", "printf", ":"))
_ELSEWHERE = ("--settings", "--pythonpath", "--configuration")


@dataclass(frozen=True, slots=True)
class AtStart:
    """A management command that every start runs. stops: whether the start ends where it fails."""

    words: tuple[str, ...]  # behind manage.py
    place: Place
    stops: bool


def at_each_start(
    files: Tree, services: Iterable[ComposeService], dockerfiles: Iterable[str]
) -> tuple[AtStart, ...]:
    """What the services built of the project run; else what the first Dockerfile whose start has any runs."""
    own = [each for each in services if each.built]
    found = [command for each in own for command in _of_service(files, each)]
    for path in () if found else dockerfiles:
        found = list(_of_start(files, start_of(files, path), dirname(path), Place(path)))
        if found:
            break
    return tuple({each.words: each for each in reversed(found)}.values())[::-1]


def management_commands(text: str, file: str, *, line: int = 0) -> Iterator[AtStart]:
    """Of a script, those that no condition, loop or function stands before. line: of a text of one line."""
    depth, errexit = 0, _ERREXIT.search(text) is not None
    for number, written in _lines(text):
        chained = False  # a test decides about what follows on this line
        for operator, words, following in _statements(written):
            chained = chained and operator in {"&&", "||"}
            if words[0] in _OPENS:
                depth += 1
            elif words[0] in _CLOSES or words[-1] in _CLOSES:
                depth = max(0, depth - 1)
            elif words[0].endswith("()") or words[-1] == "{":
                depth += 1
            elif words[0] in _TESTS or operator == "||":
                chained = True
            elif depth == 0 and not chained and (said := _behind_manage(words)):
                stops = following == "&&" or (errexit and following != "||")
                yield AtStart(said, Place(file, line or number), stops)


def _of_service(files: Tree, service: ComposeService) -> Iterator[AtStart]:
    entry, command = start_of(files, service.dockerfile)
    if service.entrypoint:
        entry, command = service.entrypoint, ""
    start = (entry, service.command or command)
    yield from _of_start(files, start, dirname(service.dockerfile), service.place)


def _of_start(files: Tree, start: Iterable[str], folder: str, place: Place) -> Iterator[AtStart]:
    """The commands of the lines that start a container, and of the scripts that those name."""
    for said in start:
        yield from management_commands(_unwrapped(said), place.file, line=place.line or 1)
        for word in re.findall(r"[\w./-]+", said):
            if path := _script(files, word, folder):
                yield from management_commands(files.text(path), path)


def _unwrapped(said: str) -> str:
    """What `sh -c` is given to run, with quotes or, as of a list, without."""
    text = " ".join(said.split())
    inner = re.sub(r"^(?:/bin/)?(?:ba|da)?sh\s+-\w*c\s+", "", text)
    quoted = len(inner) > 1 and inner[0] in "\"'" and inner[-1] == inner[0]
    return inner[1:-1] if quoted else inner


def _script(files: Tree, word: str, folder: str) -> str:
    """The shell script that a word of a container's start is, "" for none: the nearest to the Dockerfile."""
    name = basename(word)
    found = [path for path in files.named(name) if name and not name.endswith(".py")]
    shells = [path for path in found if re.match(r"#!.*\b(?:ba|da|a)?sh\b", files.text(path))]
    whole = word.lstrip("./")

    def distance(path: str) -> tuple[bool, bool, int]:
        return (
            dirname(path) != (folder or ""),
            not (whole == path or whole.endswith(f"/{path}")),
            path.count("/"),
        )

    return min(shells, key=distance, default="")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines of a script with what is continued in one, without what stands in a here-document."""
    begun, first, ends = "", 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if ends:
            ends = "" if line.strip() == ends else ends
            continue
        first = first or number
        if line.rstrip().endswith("\\"):
            begun += line.rstrip()[:-1] + " "
            continue
        whole, at = begun + line, first
        begun, first = "", 0
        heredoc = _HEREDOC.search(whole)
        ends = heredoc[1] if heredoc else ""
        yield at, whole


def _statements(line: str) -> Iterator[tuple[str, list[str], str]]:
    """A line's statements, each between the operators before and behind it."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    operator, words = "", list[str]()
    try:
        tokens = list(lexer)
    except ValueError:  # a quote that ends on a later line
        return
    for token in [*tokens, ";"]:
        if token and not token.strip(";&|"):
            if words:
                yield operator, words, token
            operator, words = token, []
        elif words or token not in {"then", "else", "do", "time", "exec"}:
            words.append(token)


def _behind_manage(words: list[str]) -> tuple[str, ...]:
    """A management command and its arguments, the settings module left out; () for any other command."""
    at = next((index for index, word in enumerate(words) if _MANAGE.fullmatch(word)), None)
    if at is None or words[0] in _SAID or any(re.match(r"\w+=", word) for word in words[:at]):
        return ()
    said: list[str] = []
    rest = iter(words[at + 1 :])
    for word in rest:
        if word in _ELSEWHERE:
            next(rest, None)
        elif re.match(r"\d?>", word):
            break
        elif not word.startswith(tuple(f"{each}=" for each in _ELSEWHERE)):
            said.append(word)
    return tuple(said)
