"""Commands that a supervisor keeps running on a server: supervisor, uWSGI, s6, runit, systemd, a Procfile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname, join

from devenv.detect.commands import Command
from devenv.detect.finding import Place
from devenv.detect.tree import Tree

_PROGRAM = re.compile(r"\[(?:program|fcgi-program|eventlistener):\s*(?P<name>[^\]]+)\]")
_ATTACHED = re.compile(r"(?:smart-)?attach-daemon2?\s*=\s*(?:.*\b(?:cmd|command)=)?(?P<command>[^,]+)")
_SERVICE_FOLDER = re.compile(r"(^|/)(s6-rc\.d|services\.d|runit|service)/[^/]+/run$")
_ENDS = frozenset(("release", "postdeploy"))  # of a Procfile's lines, those that end


def supervised(files: Tree) -> Iterator[Command]:
    """Each command that is started again when it ends, so that it is meant to stay."""
    for path in files.paths:
        name = basename(path)
        if name in {"Procfile", "Procfile.dev"}:
            yield from _of_procfile(files, path)
        elif name.endswith((".conf", ".ini")):
            yield from _of_settings(files, path)
        elif name == "run" and _SERVICE_FOLDER.search(path):
            yield from _of_script(files, path)
        elif name.endswith(".service"):
            yield from _of_unit(files, path)


def _of_procfile(files: Tree, path: str) -> Iterator[Command]:
    for number, line in files.lines(path):
        name, colon, command = line.partition(":")
        if colon and name not in _ENDS:
            yield Command(command.strip(), Place(path, number), name)


def _of_settings(files: Tree, path: str) -> Iterator[Command]:
    """Supervisor's programs, and what uWSGI starts beside itself, whatever the environment says."""
    program, conditions = "", 0
    for number, line in files.lines(path):
        if line.startswith("["):
            found = _PROGRAM.match(line)
            program = found["name"].strip() if found else ""
        elif re.match(r"if-[\w-]+\s*=", line):
            conditions += 1
        elif re.match(r"endif\s*=", line):
            conditions -= 1
        elif program and (said := re.match(r"command\s*=\s*(.+)", line)):
            yield Command(said[1], Place(path, number), program)
        elif not conditions and (said := _ATTACHED.match(line)):
            yield Command(said["command"].strip(), Place(path, number))


def _of_script(files: Tree, path: str) -> Iterator[Command]:
    """What a script of s6 or runit becomes; s6-rc also has scripts that end."""
    folder = dirname(path)
    if files.has(join(folder, "type")) and files.text(join(folder, "type")).strip() != "longrun":
        return
    for number, line in files.lines(path):
        if said := re.match(r"exec\s+(.+)", line):
            yield Command(said[1], Place(path, number), basename(folder))


def _of_unit(files: Tree, path: str) -> Iterator[Command]:
    """What systemd starts, unless it is to end."""
    if re.search(r"^Type\s*=\s*oneshot", files.text(path), re.MULTILINE):
        return
    for number, line in files.lines(path):
        if said := re.match(r"ExecStart\s*=\s*(.+)", line):
            yield Command(said[1], Place(path, number), basename(path).removesuffix(".service"))
