"""How a project's tests are run, by its configuration; and what keeps them from a shared start."""

from __future__ import annotations

import configparser
import shlex
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename, dirname, join

SETTINGS = "DJANGO_SETTINGS_MODULE"
COVERAGE = "coverage must see every import"
FILES = (
    ("pytest.ini", "pytest"),
    (".pytest.ini", "pytest"),
    ("pyproject.toml", "tool.pytest.ini_options"),
    ("tox.ini", "pytest"),
    ("setup.cfg", "tool:pytest"),
)
Read = Callable[[str], str]
"""The text of a file in the app's folder, "" where there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPlan:
    """`file`: pytest's configuration, "" for none. `settings`: those of the tests, "" for the app's own.

    `cold`: why no start that is shared with other runs would be the same, "" where it is.
    """

    file: str = ""
    settings: str = ""
    cold: str = ""


def plan_tests(read: Read, working_dir: str, arguments: Sequence[str]) -> RunPlan:
    """What the files of a project and the arguments of a run say."""
    file, options = next(_configurations(read, working_dir), ("", {}))
    words = [*_words(options.get("addopts", "")), *arguments]
    return RunPlan(
        file=file,
        settings=_option(words, "--ds") or _option(words, "--settings") or options.get(SETTINGS, ""),
        cold=_obstacle(file, options, words),
    )


def configured(paths: Iterable[str], read: Read) -> Iterator[tuple[str, str]]:
    """The files of pytest's configuration that name settings, the shallowest first, with the module."""
    sections = dict(FILES)
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        section = sections.get(basename(path))
        options = _section(read(path), section) if section else None
        if options and options.get(SETTINGS):
            yield path, options[SETTINGS]


def _configurations(read: Read, working_dir: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """pytest's own search: the folder where it runs, then those above."""
    folder = "" if working_dir == "." else working_dir
    while True:
        for name, section in FILES:
            path = join(folder, name)
            options = _section(read(path), section)
            if options is not None:
                yield path, options
        if not folder:
            return
        folder = dirname(folder)


def _section(text: str, section: str) -> Mapping[str, str] | None:
    """The options of a section as texts; None where the file or the section is missing."""
    if not text:
        return None
    if section.startswith("tool."):
        return _toml_section(text, section)
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return dict(parser[section]) if parser.has_section(section) else None


def _toml_section(text: str, section: str) -> Mapping[str, str] | None:
    try:
        found: object = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    for part in section.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return None
    return {str(key): _as_ini(value) for key, value in found.items()}


def _as_ini(value: object) -> str:
    """As an .ini file has it: an item of a list a line."""
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _option(words: Sequence[str], name: str) -> str:
    """The last value that an option is given."""
    found = ""
    for index, word in enumerate(words):
        if word.startswith(f"{name}="):
            found = word.partition("=")[2]
        elif word == name and index + 1 < len(words):
            found = words[index + 1]
    return found


def _obstacle(file: str, options: Mapping[str, str], words: Sequence[str]) -> str:
    if any(word == "--cov" or word.startswith("--cov=") for word in words):
        return COVERAGE
    if any(word in {"-c", "--rootdir", "--dc"} or word.startswith(("--rootdir=", "--dc=")) for word in words):
        return "another configuration is named"
    if any(name in options for name in ("env", "env_files", "env_override_existing_values")):
        return f"{file} sets variables before the settings are read"
    filters = [line.strip() for line in options.get("filterwarnings", "").splitlines()]
    if any(each.startswith("error") for each in [*filters, _option(words, "-W")]) or "-Werror" in words:
        return "warnings are errors, and those of imports must be seen"
    return ""
