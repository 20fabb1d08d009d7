"""Packages that changed are installed into the containers that run; the image follows."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum, auto

from devenv.compiler.agent import agent_command
from devenv.compiler.compiled import Role
from devenv.compiler.installation import (
    Installation,
    installation_of,
    is_repeatable,
    only_in_a_build,
    only_packages_differ,
    package_changes,
    why_rebuilt,
)
from devenv.engine.causes import changed_inputs
from devenv.engine.client import ByteStream
from devenv.engine.observed import ObservedContainer, image_reference
from devenv.engine.step import Cause
from devenv.errors import BuildFailed, DevenvError, Failure
from devenv.events import Emit, Failed, Notice, StepFinished, StepStarted
from devenv.workflows.checkout import Checkout
from devenv.workflows.compile import write_compiled
from devenv.workflows.failures import explain
from devenv.workflows.project import Project
from devenv.workspace.installed import Installed, read_installed, write_installed

SHOWN_CHANGES = 4
FREEZE = ("uv", "pip", "freeze")


class Attempt(Enum):
    """How it ended. REFUSED: nothing is different, and the user knows why. IMAGE: only a build can do it."""

    DONE = auto()
    REFUSED = auto()
    IMAGE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    """What the installer in one container said. `before`, `after`: what `uv pip freeze` printed."""

    is_done: bool
    output: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def install_packages(project: Project, wanted: Checkout, emit: Emit) -> Attempt:
    """Make the packages in the project's running containers those that `wanted` asks for.

    All of them change, or the process of none starts with others: each waits for the last.
    """
    before, after = project.checkout.compiled, wanted.compiled
    if reason := why_rebuilt(project.checkout, wanted):
        emit(Notice(f"packages changed and {reason}: the image is rebuilt"))
    if reason or not only_packages_differ(project.checkout, wanted):
        return Attempt.IMAGE
    containers = _running(project)
    contents = _contents(wanted)
    if not containers or contents is None:
        return Attempt.IMAGE if not containers else Attempt.REFUSED
    causes = changed_inputs(before.build_inputs, after.build_inputs, wanted.origin_of)
    emit(StepStarted(f"install packages: {_listed(causes)}"))
    began = time.monotonic()
    installation = installation_of(wanted.environment)
    write_installed(wanted.folder, {})
    installers = [_Installer(project, each) for each in containers]
    try:
        answers = _ask(installers, installation, contents)
        attempt = _judge(answers, installation, wanted, emit)
        if attempt is Attempt.DONE:
            _record(project, wanted, containers, answers[0].after)
            changes = package_changes(answers[0].before, answers[0].after)
            _release(installers, f"{_short(changes)} installed" if changes else "")
            done = f"install {_short(changes)}" if changes else "install packages (no other ones)"
            emit(StepFinished(f"{done}: {_listed(causes)}", time.monotonic() - began))
        elif attempt is Attempt.REFUSED:
            _release(installers, "")
        return attempt
    except DevenvError as error:
        emit(Notice(f"packages could not be installed ({error.summary}): the image is rebuilt"))
        return Attempt.IMAGE
    finally:
        for installer in installers:
            installer.close()


def confirm_installed(project: Project, emit: Emit) -> bool:
    """Whether the image that is here now has what was installed into containers; a record of it where it has.

    False where some container has other packages: it must be made anew, as if nothing were installed.
    """
    folder, compiled = project.checkout.folder, project.checkout.compiled
    records = read_installed(folder)
    built = next((service for service in compiled.services if service.role is Role.PROCESS), None)
    if not records or built is None:
        return True
    observed = project.observe()
    image = observed.images.get(image_reference(built.image, project.name))
    if image is None or image.build_hash != compiled.build_hash:
        return True  # there is nothing to compare with yet
    there = {each.container_id for each in observed.containers}
    packages = tuple(project.compose.printed_by(built.name, FREEZE).splitlines())
    current = {
        container_id: replace(record, image_id=image.image_id)
        for container_id, record in records.items()
        if container_id in there and record.build_hash == compiled.build_hash
    }
    others = [record for record in current.values() if record.packages != packages]
    if others:
        changes = _short(package_changes(others[0].packages, packages))
        emit(Notice(f"the new image has other packages than the containers: {changes}"))
        current = {}
    write_installed(folder, current)
    return not others


class _Installer:
    """The agent's installer in one container."""

    def __init__(self, project: Project, container: ObservedContainer) -> None:
        environment = project.checkout.environment
        # A mounted folder's owner is who runs the app then, and owns no packages.
        self._user = "0:0" if environment.sync.mode == "bind" else None
        self._argv = (*agent_command(environment.python), "install")
        self._engine = project.machine.engine
        self._container = container
        self._stream: ByteStream | None = None

    def begin(self) -> None:
        """Hold its process back. Raises NotRunning, EngineUnavailable."""
        self._stream = self._engine.open_exec_stream(self._container.container_id, self._argv, self._user)

    def ask(self, asked: Mapping[str, object]) -> _Answer:
        """Have it install, after `begin`."""
        stream = self._stream
        assert stream is not None
        try:
            stream.send(json.dumps(asked).encode() + b"\n")
            said = b""
            while not said.endswith(b"\n") and (data := stream.recv()):
                said += data
            row = json.loads(said)
        except (OSError, ValueError):
            problem = stream.errors.decode("utf-8", "replace").strip()
            return _Answer(is_done=False, output=problem or f"{self._container.service} went away")
        return _Answer(
            is_done=row["ok"], output=row["output"], before=tuple(row["before"]), after=tuple(row["after"])
        )

    def release(self, cause: str) -> None:
        """Have the process start anew, or ("") go on; returns when its agent knows."""
        if self._stream is not None:
            try:
                self._stream.send(json.dumps({"restart": cause}).encode() + b"\n")
                self._stream.recv()
            except OSError:
                pass  # it has ended, and its process starts anew

    def close(self) -> None:
        """Let it go; one that was not released starts its process anew when it is done."""
        if self._stream is not None:
            self._stream.close()


def _ask(
    installers: Sequence[_Installer], installation: Installation, contents: dict[str, str]
) -> list[_Answer]:
    """What each said; the first alone where it failed.

    It asks the index what goes with what. The others do as it did: several at once would ask for the same.
    """
    asked: dict[str, object] = {
        "files": contents,
        "commands": installation.commands,
        "environ": dict(installation.environ),
    }
    with ThreadPoolExecutor(max_workers=len(installers)) as pool:
        try:
            list(pool.map(_Installer.begin, installers))
            first = installers[0].ask(asked)
            if not first.is_done:
                return [first]
            if is_repeatable(contents, first.before, first.after):
                asked["packages"] = first.after
            return [first, *pool.map(lambda installer: installer.ask(asked), installers[1:])]
        except BaseException:  # Ctrl-C: nobody waits for a slow index
            for installer in installers:
                installer.close()
            raise


def _judge(answers: Sequence[_Answer], installation: Installation, wanted: Checkout, emit: Emit) -> Attempt:
    failed = [answer for answer in answers if not answer.is_done]
    if not failed:
        if len({answer.after for answer in answers}) == 1:
            return Attempt.DONE
        emit(Notice("the containers have different packages: the image is rebuilt"))
        return Attempt.IMAGE
    output = failed[0].output
    if missing := only_in_a_build(output, installation):
        emit(Notice(f"packages cannot be installed where they run ({missing}): the image is rebuilt"))
        return Attempt.IMAGE
    if len(failed) < len(answers):
        emit(Notice("packages were not installed everywhere: the image is rebuilt", output.strip()))
        return Attempt.IMAGE
    error = BuildFailed(
        "the packages could not be installed; the containers go on with those they have",
        details=output.strip(),
        hint="correct the file: it is tried again as soon as it is saved",
    )
    error.card = explain(wanted, Failure(subject="build", log=output))
    emit(Failed.by(error))
    return Attempt.REFUSED


def _release(installers: Sequence[_Installer], cause: str) -> None:
    with ThreadPoolExecutor(max_workers=len(installers)) as pool:
        list(pool.map(lambda installer: installer.release(cause), installers))


def _record(
    project: Project, wanted: Checkout, containers: Sequence[ObservedContainer], packages: tuple[str, ...]
) -> None:
    write_compiled(wanted, project.machine.environ, lambda _: None, assignments=project.assigned)
    record = Installed(build_hash=wanted.compiled.build_hash, packages=packages)
    write_installed(wanted.folder, {each.container_id: record for each in containers})


def _running(project: Project) -> list[ObservedContainer]:
    """The running processes' containers; none where one is not as devenv.yaml said until now."""
    observed, compiled = project.observe(), project.checkout.compiled
    found = [observed.running(name) for name in project.checkout.process_names()]
    running = [container for container in found if container]
    return running if all(each.build_hash == compiled.build_hash for each in running) else []


def _contents(wanted: Checkout) -> dict[str, str] | None:
    """The files that say what is installed; None where one changed since: it is read again then."""
    contents = {}
    for file in wanted.environment.app.dependencies.files:
        try:
            data = (wanted.app_folder / file.path).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != file.digest:
            return None
        contents[file.path] = data.decode("utf-8", "replace")
    return contents


def _listed(causes: Sequence[Cause]) -> str:
    return "; ".join(map(str, causes))


def _short(changes: Sequence[str]) -> str:
    more = len(changes) - SHOWN_CHANGES
    return ", ".join((*changes[:SHOWN_CHANGES], *([f"{more} more"] if more > 0 else [])))
