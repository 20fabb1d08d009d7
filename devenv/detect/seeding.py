"""The first data that a project's container makes at each start: fixtures, roles, an account -> jobs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from posixpath import join, normpath, relpath

from devenv.config.fields import RESERVED_NAMES
from devenv.detect.daemons import daemons, own_commands
from devenv.detect.finding import Confidence, Finding
from devenv.detect.proposal import Noted
from devenv.detect.start_scripts import AtStart
from devenv.detect.tree import Tree
from devenv.detect.workers import slug

FIXTURES = "fixtures"  # the name of the job that loads them
_FORMATS = r"\.(?:json|jsonl|xml|ya?ml)(?:\.(?:gz|zip|bz2|lzma|xz))?"
_PLAIN = re.compile(r"[\w./*=,:@+-]+")
_OF_LOADDATA = re.compile(r"--ignorenonexistent|-i|--traceback|--verbosity=\d|-v\d")
_LOOKS_FIRST = re.compile(
    r"\b(?:get_or_create|update_or_create|ignore_conflicts|IntegrityError|\w*DoesNotExist)\b|\.exists\("
)
_TAKES_AWAY = re.compile(r"(?<!cache)\.delete\(|\bflush\b|TRUNCATE|DROP TABLE|\b_raw_delete\b", re.IGNORECASE)
_NO_DATA = re.compile(
    r"(?:^|_)(?:flush|reset|drop|delete|clear|clean|purge|wipe|wait|check|test|send|sync)(?:_|$)"
)
_OUTWARDS = frozenset(
    (
        "aiohttp",
        "boto3",
        "botocore",
        "ftplib",
        "http",
        "httpx",
        "minio",
        "paramiko",
        "pika",
        "requests",
        "smtplib",
    )
) | {"socket", "subprocess", "urllib", "urllib3"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Seeding:
    """`jobs`: by name. `open`: what of the project's own nothing shows to be able to run twice."""

    jobs: Mapping[str, Noted]
    findings: tuple[Finding, ...]
    open: tuple[AtStart, ...]


def seeding(files: Tree, folder: str, roots: Sequence[str], started: Iterable[AtStart]) -> Seeding:
    """What of a start's commands becomes a job. folder: of manage.py."""
    roots = tuple(roots)
    own = dict(own_commands(files, roots))
    staying = {name for name, _ in daemons(files, roots)}
    several: dict[str, list[tuple[str, AtStart]]] = {}
    left: list[AtStart] = []
    for each in started:
        name, *arguments = each.words
        if name == "loaddata":
            if words := _loaded(files, folder, arguments):
                several.setdefault(FIXTURES, []).append((" ".join([name, *words]), each))
        elif name in own and name not in staying and not _NO_DATA.search(name) and _are_plain(arguments):
            if slug(name) in RESERVED_NAMES or not may_run_twice(files, own[name]):
                left.append(each)
            else:
                several.setdefault(slug(name), []).append((" ".join(each.words), each))
    return Seeding(
        jobs={job: _job(commands) for job, commands in several.items()},
        findings=tuple(_finding(job, commands) for job, commands in several.items()),
        open=tuple(left),
    )


def may_run_twice(files: Tree, path: str) -> bool:
    """Whether a management command looks for what it makes, takes nothing away, and asks no other machine."""
    tree, text = files.module(path), files.text(path)
    if tree is None or _TAKES_AWAY.search(text) or not _LOOKS_FIRST.search(text):
        return False
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    return not imported & _OUTWARDS


def _job(commands: Sequence[tuple[str, AtStart]]) -> Noted:
    """All of a kind, one after another; where the start goes on after a failure, so does the job."""
    texts = [f"python manage.py {text}" for text, _ in commands]
    note = f"{commands[0][1].place} runs it at each start"
    if all(each.stops for _, each in commands):
        return Noted(" && ".join(texts), note)
    return Noted("; ".join(f"{text} || true" for text in texts), f"{note}, and goes on where it fails")


def _finding(job: str, commands: Sequence[tuple[str, AtStart]]) -> Finding:
    said = _job(commands)
    return Finding(
        topic="job",
        value=f"{job}: {said.value}",
        why="the project's own container runs it at each start",
        evidence=tuple(each.place for _, each in commands),
        confidence=Confidence.LIKELY,
    )


def _are_plain(arguments: Iterable[str]) -> bool:
    return all(_PLAIN.fullmatch(each) for each in arguments)


def _loaded(files: Tree, folder: str, arguments: Sequence[str]) -> list[str]:
    """The arguments of loaddata as they go in manage.py's folder; [] unless every fixture is in the tree."""
    options = [each for each in arguments if each.startswith("-")]
    labels = [each for each in arguments if not each.startswith("-")]
    if not labels or not _are_plain(labels) or not all(map(_OF_LOADDATA.fullmatch, options)):
        return []
    found = [_label(files, folder, each) for each in labels]
    return [*options, *found] if all(found) else []


def _label(files: Tree, folder: str, label: str) -> str:
    """A fixture as loaddata finds it from manage.py's folder, "" where it is not in the tree."""
    ending = "" if re.search(f"{_FORMATS}$", label) else _FORMATS
    for start, shown in ((folder, label), (".", relpath(label, folder))):
        if _has(files, normpath(join(start, label)), ending):
            return shown
    return (
        label
        if _has(files, f"fixtures/{label}", ending) or _has(files, f"*/fixtures/{label}", ending)
        else ""
    )


def _has(files: Tree, path: str, ending: str) -> bool:
    wanted = re.compile(translate(path).removesuffix(r"\Z").removesuffix(r"\z") + ending + r"\Z")
    return any(wanted.match(each) for each in files.paths)
