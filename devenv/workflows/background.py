"""Packages followed while watching: into the containers at once, and into the image behind their backs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from devenv.engine.compose_door import Cancel
from devenv.engine.observed import image_reference
from devenv.errors import DevenvError
from devenv.events import Emit, Event, Failed, Notice, OutputLine, StepFinished, StepStarted
from devenv.workflows.checkout import Checkout
from devenv.workflows.failures import explained
from devenv.workflows.packages import Attempt, confirm_installed, install_packages
from devenv.workflows.project import Project
from devenv.workflows.up import UpOptions, bring_up, locked

QUIET_SECONDS = 2.0
"""The build begins when the processes have started with the new packages: they have the processors first."""


@dataclass(frozen=True, slots=True)
class ImageBuilt:
    """The image in the background is there, or cannot be built."""

    build_hash: str
    error: DevenvError | None


class Packages:
    """The packages of one environment that is watched. `put`: into the inbox of who watches."""

    def __init__(self, put: Callable[[object], None], emit: Emit) -> None:
        self._put = put
        self._emit = emit
        self._cancel = Cancel()
        self.is_building = False

    def follow(self, project: Project, wanted: Checkout) -> Attempt:
        """Install what changed; the newest change wins, so an image of an older one is not finished."""
        try:
            with locked(wanted, project.machine, self._emit):
                attempt = install_packages(project, wanted, self._emit)
        except DevenvError as error:  # such as an engine that is away
            self._emit(Failed.by(error))
            return Attempt.REFUSED
        if attempt is Attempt.DONE:
            self._build(Project(checkout=wanted, machine=project.machine, assigned=project.assigned))
        elif attempt is Attempt.IMAGE:
            self.end()
        return attempt

    def finish(self, project: Project, built: ImageBuilt) -> None:
        """The image has come: are the containers as if they were made from it? Then jobs run from it, too."""
        if built.build_hash != project.checkout.compiled.build_hash:
            return  # it was overtaken
        self.is_building = False
        if built.error is not None:
            self._emit(Failed.by(built.error))
            return
        try:
            with locked(project.checkout, project.machine, self._emit):
                is_same = confirm_installed(project, self._emit)
            if not is_same:
                self._emit(Notice("the next `devenv up` makes the containers anew from the image"))
                return
            bring_up(project.checkout, project.machine, UpOptions(), self._emit, while_watching=True)
        except DevenvError as error:
            self._emit(Failed.by(error))

    def end(self) -> None:
        """What is being built is not wanted any more; the next plan builds what is."""
        self._cancel()
        self.is_building = False

    def _build(self, project: Project) -> None:
        self.end()
        self._cancel, self.is_building = Cancel(), True
        threading.Thread(
            target=self._build_behind, args=(project, self._cancel), name="devenv-image", daemon=True
        ).start()

    def _build_behind(self, project: Project, cancel: Cancel) -> None:
        clock, image = project.machine.clock, _image(project)
        clock.sleep(QUIET_SECONDS)
        if cancel.was_called():
            return
        step = f"build {image} in the background, with the packages that were installed"
        self._emit(StepStarted(step))
        began = clock.monotonic()
        error: DevenvError | None = None
        try:
            with explained(project.checkout):
                project.compose.build(self._quietly, cancel=cancel)
        except DevenvError as problem:
            error = problem
        if cancel.was_called():
            return
        if error is None:
            self._emit(StepFinished(step, clock.monotonic() - began))
        self._put(ImageBuilt(project.checkout.compiled.build_hash, error))

    def _quietly(self, event: Event) -> None:
        """Nobody waits for it: its steps are not shown."""
        if not isinstance(event, OutputLine):
            self._emit(event)


def _image(project: Project) -> str:
    built = next(service for service in project.checkout.compiled.services if service.built)
    return image_reference(built.image, project.name)
