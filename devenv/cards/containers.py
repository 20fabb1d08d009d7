"""What stops a container before any code has its say: memory, disk, rights, the command, the processor."""

from __future__ import annotations

import re
import shlex

from devenv.cards.clues import APP, Clues, nearest
from devenv.cards.edits import add_entry, set_key
from devenv.detect.outside import is_free, volume_name
from devenv.detect.render import scalar
from devenv.errors import Card, Edit

KILLED = 137
NOT_FOUND = 127
_SAME_NAME = (
    "celery",
    "daphne",
    "dramatiq",
    "flower",
    "gunicorn",
    "huey",
    "hypercorn",
    "pytest",
    "rq",
    "uwsgi",
)
_COMMANDS = {
    **{name: name for name in _SAME_NAME},
    "django-admin": "Django",
    "huey_consumer": "huey",
    "uvicorn": "uvicorn[standard]",
}
_KNOWN = (*_COMMANDS, "python", "sh", "bash", "npm", "node", "git", "make", "curl")


def out_of_disk(clues: Clues) -> Card | None:
    """The disk of the engine is full."""
    found = clues.search(r"(?i)no space left on device|\benospc\b|disk quota exceeded")
    if found is None:
        return None
    return Card(
        cause="the disk is full",
        evidence=(found.string.strip(),),
        next_step="`docker system df` shows what takes the space; `docker builder prune` frees build cache, "
        "`docker image prune` images that nothing uses",
    )


def out_of_memory(clues: Clues) -> Card | None:
    """The kernel, or somebody, killed it: exit code 137."""
    by_signal = clues.search(
        r"Killed signal terminated program|exit code: 137|signal: 9|SIGKILL\b|^Killed$|was sent SIGKILL"
    )
    memory_error = clues.raised("MemoryError")
    if clues.failure.exit_code != KILLED and not by_signal and not memory_error:
        return None
    shown = (
        by_signal.string.strip()
        if by_signal
        else memory_error.text
        if memory_error
        else f"exit code {KILLED}"
    )
    return Card(
        cause="it was killed, as a rule because memory ran out",
        evidence=(shown,),
        next_step="give the engine more memory (Docker Desktop: Settings > Resources), or run less at a time "
        "(celery: --concurrency 1)",
    )


def wrong_architecture(clues: Clues) -> Card | None:
    """A program for another processor, or an image that there is not for this one."""
    found = clues.search(r"(?i)exec format error|no matching manifest for (\S+)|wrong ELF class")
    if found is None:
        return None
    return Card(
        cause="it is made for another processor than this machine's",
        evidence=(found.string.strip(),),
        next_step="take an image, or a wheel, for this machine; a script needs `#!` in its first line",
    )


_NO_COMMAND = (
    r'exec: "([^"]+)": (?:executable file not found|stat .*: no such file)',
    r"(?:sh|bash|dash): (?:line )?\d+: ([\w./+-]+): (?:command )?not found",
    r"(?:sh|bash): ([\w./+-]+): command not found",
    r"^/usr/bin/env: \W?([\w.+-]+)\W?: No such file or directory",
    r"^devenv: ([\w./+-]+): No such file or directory",
)


def command_not_found(clues: Clues) -> Card | None:
    """The command of a process or job is in no folder of PATH: exit code 127."""
    if clues.is_build:
        return None
    found = next((found for pattern in _NO_COMMAND if (found := clues.search(pattern))), None)
    if found is None:
        return None
    command = found[1]
    likely = nearest(command, _KNOWN)
    brings = _COMMANDS.get(command)
    if brings:
        step = f"add {brings} to the dependencies; then `devenv up`"
    else:
        step = "correct the command, or name the Debian package that brings it in app.system_packages"
    return Card(
        cause=f"there is no command `{command}` in the container"
        + (f"; did you mean `{likely}`?" if likely and likely != command else ""),
        evidence=(found.string.strip(),),
        next_step=step,
        edit=None if brings else _command_edit(clues, command, likely),
    )


def _command_edit(clues: Clues, command: str, likely: str) -> Edit | None:
    """The line of devenv.yaml that has the command, corrected."""
    environment, name = clues.environment, clues.failure.subject
    for section, entries in (("processes", environment.processes), ("jobs", environment.jobs)):
        for entry in entries:
            if entry.name == name and entry.command and likely:
                words = shlex.join(entry.command)
                text = entry.command[2] if entry.command[:2] == ("sh", "-c") else words
                key = f"{section}.{name}"
                inside = f"{key}.command" in environment.origins
                line = f"{'command' if inside else name}: {scalar(text.replace(command, likely, 1))}"
                return set_key(environment, f"{key}.command" if inside else key, line)
    return None


def no_manage_py(clues: Clues) -> Card | None:
    """Python is to run a file that is not there."""
    found = clues.search(r"can't open file '([^']+)': \[Errno 2\]")
    if found is None:
        return None
    path = found[1].removeprefix(APP)
    edit = None
    if path.endswith("manage.py"):
        edit = set_key(
            clues.environment, "app.working_dir", "working_dir: <the folder of manage.py in app.path>"
        )
    return Card(
        cause=f"there is no file {path} where the command runs",
        evidence=(found.string.strip(),),
        next_step="name the folder that manage.py is in" if edit else "correct the command",
        edit=edit,
    )


def permission_denied(clues: Clues) -> Card | None:
    """The app's user may not write, or run, a file."""
    raised = clues.raised("PermissionError")
    found = clues.search(r"(?:\[Errno 13\] )?[Pp]ermission denied: ['\"]([^'\"]+)['\"]") or clues.search(
        r"exec: \"([^\"]+)\": permission denied"
    )
    if found is None or clues.is_build:
        return None
    path, edit = found[1], None
    if "exec:" in found[0]:
        cause, step = f"{path} is not executable", f"`chmod +x {path}`, and save it again"
    elif path.startswith(APP):
        cause = f"the app may not write {clues.host_path(path)} in the source volume"
        folder = path.rpartition("/")[0]
        step = (
            f"see whose it is: `devenv exec {clues.failure.subject} ls -ld {folder}`; what belongs to root "
        )
        step += "was made by a command that ran as root"
    else:
        cause = f"the app runs as the user `app` and may not write {path}"
        step = "write below /app or /tmp, or name another folder in the settings"
        makes_it = raised is not None and any("mkdir" in frame.code for frame in raised.frames[-3:])
        folder = path.rstrip("/") if makes_it else path.rpartition("/")[0]
        if is_free(folder):
            step = "give the app that folder: a volume of its own"
            edit = add_entry(clues.environment, "app.volumes", f"{volume_name(folder)}: {folder}")
    evidence = clues.evidence(raised) or (found.string.strip(),)
    return Card(cause=cause, evidence=evidence, next_step=step, edit=edit)


def missing_folder(clues: Clues) -> Card | None:
    """A file, most often a log, in a folder that is not there."""
    raised = clues.raised("FileNotFoundError")
    found = re.search(r"No such file or directory: '(/[^']+)/([^'/]+)'", raised.message) if raised else None
    if raised is None or found is None or not any("logging" in frame.file for frame in raised.frames):
        return None
    folder = found[1]
    return Card(
        cause=f"LOGGING writes to {folder}/{found[2]}, and there is no such folder",
        evidence=(raised.text,),
        next_step="make the folder before the app starts",
        edit=add_entry(clues.environment, "jobs", f"folders: mkdir -p {folder}")
        if folder.startswith(APP)
        else None,
    )
