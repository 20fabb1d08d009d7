"""Env files as Django projects write them, nothing interpolated."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from devenv.config.document import Path as Key
from devenv.config.environment import Origin
from devenv.config.locate import is_file
from devenv.config.problems import Problem
from devenv.config.reading import APP_PATH, Reading

KEY: Key = ("app", "env_file")
_KEY = re.compile(r"\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*=")


def read_env_files(paths: tuple[str, ...], app: Path, reading: Reading) -> Mapping[str, str]:
    """The variables of all files, a later file winning over an earlier one."""
    values: dict[str, str] = {}
    for index, path in enumerate(paths):
        key = reading.document.written((*KEY, index))
        if not (app / path).resolve().is_relative_to(reading.root.resolve()):
            reading.complain(key, f"{path} is outside the folder of devenv.yaml")
            continue
        data = reading.read(app / path, partial(_complain, reading, key, app / path))
        values.update(_values(data or b"", app / path, reading))
    return values


def _complain(reading: Reading, key: Key, file: Path, why: str) -> None:
    """A file that is not there is often one that is never committed, beside an example that is."""
    examples = (f"{file.name}.example", f"{file.name}.sample", f"{file.name}.dist", "env.example")
    example = next((name for name in examples if is_file(file.parent / name)), None)
    hint = f"; copy {example} to {file.name}" if example else "; create it, or remove the key"
    reading.lack(key, f"{reading.shown(file)}: {why}{hint}", without=APP_PATH)


def _values(data: bytes, file: Path, reading: Reading) -> Iterator[tuple[str, str]]:
    """The KEY=value lines. A key without `=` gives no value."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _complain_at(
            1 + data.count(b"\n", 0, error.start), "not UTF-8: save the file as UTF-8", file, reading
        )
        return
    reading.sources[reading.shown(file)] = "\n".join(map(_without_value, text.splitlines()))
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            _complain_at(_line(binding), "expected KEY=value; is a quote never closed?", file, reading)
        elif binding.key and binding.value is not None:
            if "\0" in binding.value:
                _complain_at(_line(binding), "a value cannot hold a NUL character", file, reading)
            yield binding.key, binding.value


def _without_value(line: str) -> str:
    """The line as a message may show it: values are secrets, and what is no KEY= may be part of one."""
    key = _KEY.match(line)
    return f"{key[0]}…" if key else ""


def _line(binding: Binding) -> int:
    """The parser counts a binding from the blank lines before it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _complain_at(line: int, message: str, file: Path, reading: Reading) -> None:
    reading.problems.append(Problem(Origin(reading.shown(file), line, 1), "", message))
